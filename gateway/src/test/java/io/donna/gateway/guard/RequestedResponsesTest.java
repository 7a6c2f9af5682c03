package io.donna.gateway.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.config.policy.GuardRule.Means;
import io.donna.gateway.config.policy.GuardRule.Subject;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A response belongs to the speech that was open while it was asked for and had not begun. */
class RequestedResponsesTest {
  private static final Finding REFUSAL =
      Finding.match(
          new GuardRule(
              "g",
              Set.of(Subject.USER),
              new Means.Patterns(List.of(Pattern.compile("x"))),
              Action.CANCEL,
              "",
              false,
              Duration.ofSeconds(1),
              false),
          Subject.USER);

  private final AtomicLong nanos = new AtomicLong();
  private final RequestedResponses asked = new RequestedResponses(nanos::get);

  private RequestedResponses.Request begin(@Nullable String mark) {
    return Objects.requireNonNull(asked.begin(mark));
  }

  @Test
  void refusesWhatWasAskedForBeforeTheRefusalAndNothingLater() {
    asked.add(Optional.of("mine"), null);
    assertThat(asked.refuse(REFUSAL, false)).isTrue();
    asked.add(Optional.of("mine"), null);

    assertThat(begin(null).refusal()).isEqualTo(REFUSAL);
    assertThat(begin(null).refusal()).isNull();
    assertThat(asked.begin(null)).isNull();
  }

  @Test
  void tellsTwoOfOneNameApart() {
    String first = asked.add(Optional.of("mine"), null);
    String second = asked.add(Optional.of("mine"), null);

    assertThat(first).isNotEqualTo(second);
    assertThat(asked.refused("mine")).isNull();
    assertThat(Objects.requireNonNull(asked.refused(first)).clientsId()).contains("mine");
    assertThat(asked.refused(first)).isNull();
    assertThat(asked.isEmpty()).isFalse();
  }

  @Test
  void knowsAFixedAnswerByItsMarkAndNoOther() {
    asked.add(Optional.empty(), null);
    asked.add(Optional.empty(), new FixedAnswer("m", "No."));
    asked.refuse(REFUSAL, false);

    assertThat(begin("m").fixed()).isNotNull();
    assertThat(begin("guessed").fixed()).isNull();
    assertThat(asked.isEmpty()).isTrue();
  }

  @Test
  void keepsABoundedNumberForABoundedTime() {
    for (int i = 0; i < 64; i++) {
      assertThat(asked.isFull()).isFalse();
      asked.add(Optional.empty(), null);
    }
    assertThat(asked.isFull()).isTrue();

    nanos.addAndGet(TimeUnit.SECONDS.toNanos(61));

    assertThat(asked.isEmpty()).isTrue();
  }
}
