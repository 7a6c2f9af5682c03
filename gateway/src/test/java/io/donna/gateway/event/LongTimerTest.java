package io.donna.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LongTimerTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final AtomicInteger runs = new AtomicInteger();

  LongTimerTest() {
    channel.freezeTime();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void pass(long seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 3_600, 86_399, 86_400, 86_401, 200_000})
  void runsItsTaskOnceWhenItsTimeHasCome(long seconds) {
    LongTimer.start(channel.eventLoop(), Duration.ofSeconds(seconds), runs::incrementAndGet);
    for (long day = 86_400; day < seconds; day += 86_400) {
      pass(86_400);
    }
    pass((seconds - 1) % 86_400);
    assertThat(runs).hasValue(0);
    pass(1);
    assertThat(runs).hasValue(1);
    pass(86_400);
    assertThat(runs).hasValue(1);
  }

  /** 300 years of nanoseconds overflow a long. */
  @Test
  void waitsLongerThanALongCounts() {
    LongTimer.start(channel.eventLoop(), Duration.ofDays(365_000), runs::incrementAndGet);
    for (int day = 0; day < 10; day++) {
      pass(86_400);
    }

    assertThat(runs).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(longs = {10, 100_000})
  void runsNothingOnceItIsCancelled(long seconds) {
    LongTimer timer =
        LongTimer.start(channel.eventLoop(), Duration.ofSeconds(seconds), runs::incrementAndGet);
    pass(9);
    timer.cancel();
    pass(86_400);
    pass(86_400);

    assertThat(runs).hasValue(0);
  }
}
