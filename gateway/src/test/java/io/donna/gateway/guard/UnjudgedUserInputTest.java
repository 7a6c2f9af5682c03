package io.donna.gateway.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is said is waited for as long as it may come, and no longer. */
class UnjudgedUserInputTest {
  private final EmbeddedChannel time = new EmbeddedChannel();
  private final List<String> unheard = new ArrayList<>();
  private final UnjudgedUserInput hearing =
      new UnjudgedUserInput(
          time.eventLoop(),
          (item, why) -> {
            unheard.add(item + ": " + why.why());
            hearing().settled(item);
          });

  private UnjudgedUserInput hearing() {
    return hearing;
  }

  @AfterEach
  void end() {
    hearing.end();
    time.close();
  }

  private void pass(long seconds) {
    time.advanceTimeBy(seconds, TimeUnit.SECONDS);
    time.runScheduledPendingTasks();
  }

  @Test
  void waitsForAnItemUntilItIsJudged() {
    hearing.found("i1");
    hearing.committed("i1");
    assertThat(hearing.isBusy()).isTrue();

    hearing.transcribed("i1");
    pass(60); // at the guards, who have a time of their own
    assertThat(hearing.isBusy()).isTrue();

    hearing.settled("i1");
    assertThat(hearing.isBusy()).isFalse();
    assertThat(unheard).isEmpty();
  }

  @Test
  void givesUpAnItemThatNobodyWritesDown() {
    hearing.committed("i1");

    pass(9);
    assertThat(unheard).isEmpty();
    pass(2);

    assertThat(unheard).containsExactly("i1: no transcript");
    assertThat(hearing.isBusy()).isFalse();
  }

  @Test
  void givesUpACommitThatTheUpstreamDoesNotAnswer() {
    hearing.committing(Optional.of("e1"));

    pass(11);

    assertThat(unheard).containsExactly(": no answer to a commit");
    assertThat(hearing.isBusy()).isFalse();
  }

  @Test
  void tellsTheUpstreamsTurnsFromTheClients() {
    hearing.committing(Optional.of("e1"));
    hearing.found("i1");
    hearing.committed("i1"); // the upstream's own, and the client's is still to come
    hearing.settled("i1");
    assertThat(hearing.isBusy()).isTrue();

    hearing.committed("i2");
    hearing.settled("i2");
    assertThat(hearing.isBusy()).isFalse();
  }

  @Test
  void keepsNoMoreThanItCanWaitFor() {
    for (int i = 0; i < 64; i++) {
      hearing.committed("i" + i);
    }
    time.runPendingTasks();
    assertThat(unheard).isEmpty();

    hearing.committed("one more");
    time.runPendingTasks();

    assertThat(unheard).containsExactly("one more: too many at once");
  }

  @Test
  void forgetsEverythingAtTheEnd() {
    hearing.committing(Optional.of("e1"));
    hearing.committed("i1");

    hearing.end();
    pass(60);

    assertThat(unheard).isEmpty();
    assertThat(hearing.isBusy()).isFalse();
  }
}
