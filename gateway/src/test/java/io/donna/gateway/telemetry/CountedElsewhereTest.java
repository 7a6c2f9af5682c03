package io.donna.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CountedElsewhereTest {
  @Test
  void isReadAsLongAsTheGatewayRunsThoughNobodyElseKeepsItsReader() {
    AtomicLong lost = new AtomicLong();
    try (Telemetry telemetry = new Telemetry()) {
      telemetry.counter("donna.log.lines.lost", lost::get);
      System.gc();
      lost.set(7);

      assertThat(telemetry.counted("donna.log.lines.lost")).isEqualTo(7);
      assertThat(telemetry.text()).contains("donna_log_lines_lost_total 7.0");
      assertThat(telemetry.counted("donna.unknown")).isZero();
    }
  }
}
