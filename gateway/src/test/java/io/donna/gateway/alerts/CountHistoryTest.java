package io.donna.gateway.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CountHistoryTest {
  private static final Duration WINDOW = Duration.ofSeconds(10);

  private final CountHistory history = new CountHistory();

  private double at(long second, double count) {
    return history.increase(Duration.ofSeconds(second).toNanos(), WINDOW, count)[0];
  }

  @Test
  void tellsTheIncreaseInTheWindow() {
    assertThat(at(0, 5)).isEqualTo(5);
    assertThat(at(4, 7)).isEqualTo(7);
    assertThat(at(9, 7)).isEqualTo(7);
    assertThat(at(10, 8)).isEqualTo(3);
    assertThat(at(13, 8)).isEqualTo(3);
    assertThat(at(14, 8)).isEqualTo(1);
    assertThat(at(20, 8)).isZero();
    assertThat(at(100, 9)).isEqualTo(1);
  }

  @Test
  void remembersAnHourAndNoMore() {
    for (int second = 0; second < 20_000; second += 2) {
      at(second, second);
    }
    assertThat(history.size()).isBetween(1_800, 1_802);

    CountHistory still = new CountHistory();
    for (int second = 0; second < 20_000; second += 2) {
      still.increase(Duration.ofSeconds(second).toNanos(), WINDOW, 1);
    }
    assertThat(still.size()).isEqualTo(1);
  }
}
