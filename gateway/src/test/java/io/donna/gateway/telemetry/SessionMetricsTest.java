package io.donna.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** That every way in which a session of the gateway ends has a name in the metrics. */
class SessionMetricsTest {
  @Test
  void namesEachCloseCodeOfTheReference() throws IOException {
    assertThat(
            Pattern.compile("(?m)^\\| (\\d{4}) \\|")
                .matcher(Files.readString(Path.of("../docs/reference.md")))
                .results()
                .map(row -> SessionMetrics.reason(Integer.parseInt(row.group(1)))))
        .hasSizeGreaterThan(10)
        .doesNotContain(Labels.OTHER)
        .doesNotHaveDuplicates();
    assertThat(SessionMetrics.reason(4999)).isEqualTo(Labels.OTHER);
  }
}
