package io.donna.gateway.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.config.policy.GuardRule.Means;
import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.websocket.CloseReason;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** An answer that is owed is asked for again, or the client is told what was found. */
class FixedAnswerSchedulerTest {
  private static final Finding FOUND =
      Finding.match(
          new GuardRule(
              "g",
              Set.of(Subject.ASSISTANT),
              new Means.Patterns(List.of(Pattern.compile("x"))),
              Action.ANSWER,
              "No comment.",
              false,
              Duration.ofSeconds(1),
              false),
          Subject.ASSISTANT);

  private final RequestedResponses asked = new RequestedResponses(() -> 0);
  private final List<String> told = new ArrayList<>();
  private final RefusingPassage context = new RefusingPassage();
  private final FixedAnswerScheduler answers =
      new FixedAnswerScheduler(context, new Interventions(context), asked);

  /** As metering refuses what there is no budget for: in the middle of the asking. */
  private final class RefusingPassage implements InspectorContext {
    private boolean wasOwed;

    @Override
    public void toUpstream(Event event) {
      String id = event.string(JsonKey.EVENT_ID).orElseThrow();
      assertThat(asked.refused(id)).isNotNull();
      wasOwed = answers.refused(id, "budget_in_use");
    }

    @Override
    public void toClient(Event event) {
      told.add(new String(event.payload(), UTF_8));
    }

    @Override
    public void refuse(Event offender, String code, String message) {
      throw new AssertionError(code);
    }

    @Override
    public void end(String error, CloseReason reason) {
      throw new AssertionError(error);
    }

    @Override
    public void release() {}

    @Override
    public EventLoop eventLoop() {
      throw new AssertionError("nothing waits");
    }
  }

  @Test
  void tellsOfWhatWasFoundWhereTheAnswerIsRefusedAtOnce() {
    answers.owe(FOUND);
    answers.requestOwed();

    assertThat(context.wasOwed).isTrue();
    assertThat(told).singleElement().asString().contains("guard_matched");
  }
}
