package io.donna.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final Map<String, List<Measurement>> ROUNDS = new LinkedHashMap<>();

  static {
    ROUNDS.put("nginx", List.of(round(20_000), round(25_000), round(22_000)));
    ROUNDS.put("gateway", List.of(round(24_000), round(25_000), round(33_000)));
  }

  @Test
  void linesUpFiguresOfSeveralRounds() {
    assertThat(Report.table(ROUNDS))
        .isEqualTo(
            """
            peer     messages  messages/s  CPU us/message    min-max  p50 ms  p99 ms  p99.9 ms  busy  resident MB
            nginx        3000         500            22.0  20.0-25.0    0.15    1.20      3.40   1 %          8.5
            gateway      3000         500            25.0  24.0-33.0    0.15    1.20      3.40   1 %          8.5\
            """);
  }

  @Test
  void namesEachRoundOfAPeer() {
    assertThat(Report.byRound(ROUNDS))
        .isEqualTo(
            """
            CPU us/message by round     1     2     3
            nginx                    20.0  25.0  22.0
            gateway                  24.0  25.0  33.0\
            """);
  }

  private static Measurement round(long cpuMicros) {
    return new Measurement(
        1_000,
        Duration.ofSeconds(2),
        Duration.ofNanos(cpuMicros * 1_000),
        Duration.ofNanos(150_000),
        Duration.ofNanos(1_200_000),
        Duration.ofNanos(3_400_000),
        8_500_000);
  }
}
