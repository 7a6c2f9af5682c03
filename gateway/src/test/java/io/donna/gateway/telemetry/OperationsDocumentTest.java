package io.donna.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** That docs/operations.md, the Prometheus rules and the Grafana dashboard know the same metrics. */
class OperationsDocumentTest {
  private static final Path DOCUMENT = Path.of("../docs/operations.md");
  private static final Path RULES = Path.of("../deploy/prometheus/alerts.yml");
  private static final Path DASHBOARD = Path.of("../deploy/grafana/donna.json");

  private static Set<String> found(Path file, String pattern) throws IOException {
    Set<String> found = new TreeSet<>();
    Pattern.compile(pattern)
        .matcher(Files.readString(file))
        .results()
        .map((MatchResult match) -> match.group(1))
        .map(name -> name.replaceAll("_(bucket|count|sum)$", ""))
        .forEach(found::add);
    return found;
  }

  @Test
  void everyMetricOfRulesAndDashboardIsInTheTable() throws IOException {
    Set<String> documented = found(DOCUMENT, "(?m)^\\| `(donna_\\w+)` \\|");
    assertThat(documented).hasSizeGreaterThan(25);
    assertThat(found(RULES, "\\b(donna_\\w+)")).isSubsetOf(documented);
    assertThat(found(DASHBOARD, "\\b(donna_\\w+)")).isSubsetOf(documented);
  }

  @Test
  void everyMetricInTheTableIsInTheCode() throws IOException {
    Set<String> inCode = new TreeSet<>();
    try (var files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(one -> one.toString().endsWith(".java")).toList()) {
        inCode.addAll(found(file, "\"(donna\\.[a-z.]+)\""));
      }
    }
    Set<String> documented = new TreeSet<>();
    found(DOCUMENT, "(?m)^\\| `(donna_\\w+)` \\|").forEach(name ->
        documented.add(
            name.replaceAll("_(total|seconds|bytes|usd_total|seconds_total|bytes_total)$", "")
                .replace('_', '.')));
    assertThat(documented).isEqualTo(inCode);
  }

  @Test
  void everyAlertHasItsSection() throws IOException {
    assertThat(found(RULES, "alert: (\\w+)")).isEqualTo(found(DOCUMENT, "(?m)^### (Donna\\w+)$"));
    assertThat(found(RULES, "operations.md#(\\w+)"))
        .isEqualTo(
            new TreeSet<>(
                found(RULES, "alert: (\\w+)").stream()
                    .map(name -> name.toLowerCase(Locale.ROOT))
                    .toList()));
  }
}
