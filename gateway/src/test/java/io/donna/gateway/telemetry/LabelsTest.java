package io.donna.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** That no label may have more values than an operator's memory allows. */
class LabelsTest {
  @Test
  void countsWhateverComesAfterTheMostAsOther() {
    Telemetry telemetry = new Telemetry();
    IntStream.range(0, 1_000)
        .forEach(i -> telemetry.upstreams().attempted("server" + i, "opened", 1_000_000));

    assertThat(telemetry.text().lines().filter(line -> line.startsWith("donna_upstream_openings")))
        .hasSize(Labels.MOST_COMBINATIONS + 1)
        .contains("donna_upstream_openings_total{outcome=\"other\",server=\"other\"} 800.0");
  }
}
