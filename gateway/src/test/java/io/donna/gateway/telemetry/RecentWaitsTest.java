package io.donna.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.telemetry.RecentWaits.Quantiles;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What an operator is told of how long callers wait. */
class RecentWaitsTest {
  private final AtomicLong now = new AtomicLong();
  private final RecentWaits waits = new RecentWaits(now::get);

  private void waitFor(long millis) {
    waits.record(Duration.ofMillis(millis).toNanos());
  }

  @Test
  void tellsTheMedianAndTheWaitOfOneCallerInTwenty() {
    for (int i = 100; i >= 1; i--) {
      waitFor(i);
    }
    assertThat(waits.quantiles()).contains(new Quantiles(100, 50, 95));
  }

  @Test
  void forgetsWaitsAfterFiveMinutes() {
    waitFor(5_000);
    now.addAndGet(Duration.ofMinutes(4).toNanos());
    waitFor(100);
    assertThat(waits.quantiles()).contains(new Quantiles(2, 100, 5_000));

    now.addAndGet(Duration.ofMinutes(2).toNanos());
    assertThat(waits.quantiles()).contains(new Quantiles(1, 100, 100));
    now.addAndGet(Duration.ofMinutes(5).toNanos());
    assertThat(waits.quantiles()).isEmpty();
  }

  @Test
  void keepsTheLatestOfMany() {
    for (int i = 0; i < 10_000; i++) {
      waitFor(i);
    }
    assertThat(waits.quantiles().orElseThrow().turns()).isEqualTo(1_024);
    assertThat(waits.quantiles().orElseThrow().p50Ms()).isBetween(9_400L, 9_600L);
  }
}
