package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Silence counts from when the assistant has been heard to the end, until anybody speaks. */
class IdleTimeoutTest {
  private static final long FIVE_SECONDS = 5_000;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private OptionalLong limit = OptionalLong.of(FIVE_SECONDS);
  private int idle;
  private final IdleTimeout timeout =
      new IdleTimeout(channel.eventLoop(), () -> limit, () -> idle++);

  private int idleAfter(long millis) {
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
    return idle;
  }

  @Test
  void countsFromTheEndOfWhatIsPlayed() {
    timeout.speak(1_500_000);
    timeout.speak(500_000);
    timeout.restart();

    assertThat(idleAfter(6_900)).isZero();
    assertThat(idleAfter(200)).isEqualTo(1);
    assertThat(idleAfter(60_000)).isEqualTo(1);
  }

  @Test
  void beginsAgainWithEachResponse() {
    timeout.restart();
    assertThat(idleAfter(4_900)).isZero();
    timeout.stop();
    assertThat(idleAfter(60_000)).isZero();
    timeout.restart();
    assertThat(idleAfter(5_100)).isEqualTo(1);
  }

  @Test
  void waitsForNobodyWhileTheUserSpeaks() {
    timeout.restart();
    timeout.userStarts();
    timeout.restart(); // what was interrupted is done
    assertThat(idleAfter(60_000)).isZero();
    timeout.userStops();
    timeout.restart();
    assertThat(idleAfter(5_100)).isEqualTo(1);
  }

  @Test
  void isOffWhereTheClientWantsNone() {
    limit = OptionalLong.empty();
    timeout.restart();
    assertThat(idleAfter(60_000)).isZero();
  }

  /** To the millisecond; what was played before counts for one response. */
  @Test
  void countsWhatEachResponseHasToBePlayed() {
    channel.freezeTime();
    timeout.speak(2_000_000);
    timeout.restart();
    timeout.restart();
    assertThat(idleAfter(4_999)).isZero();
    assertThat(idleAfter(1)).isEqualTo(1);
    timeout.restart();
    timeout.userStops();
    assertThat(idleAfter(60_000)).isEqualTo(1);
  }
}
