package io.donna.gateway.config.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AlertsFileTest {
  @Test
  void changesWhatItMentionsAndNothingElse() {
    AlertRules rules =
        AlertsFile.parse(
                """
                cool_down_seconds: 60
                resolve_after_seconds: 0
                alerts:
                  connections_blocked: {threshold: 7, window_seconds: 10}
                  upstream_failing:
                    threshold: 0.5
                    window_seconds: 3600
                    minimum: 1
                  descriptors: {enabled: false}
                  budget_used: {enabled: true, threshold: 1}
                  slow_answers: {threshold: 1.25}
                  model_retiring: {threshold: 90}
                """)
            .rules()
            .orElseThrow();

    assertThat(rules.coolDown()).isEqualTo(Duration.ofMinutes(1));
    assertThat(rules.resolveAfter()).isEqualTo(Duration.ZERO);
    assertThat(rules.of(AlertKind.CONNECTIONS_BLOCKED))
        .isEqualTo(new AlertRule(true, BigDecimal.valueOf(7), Duration.ofSeconds(10), 0));
    assertThat(rules.of(AlertKind.UPSTREAM_FAILING))
        .isEqualTo(new AlertRule(true, new BigDecimal("0.5"), Duration.ofHours(1), 1));
    assertThat(rules.of(AlertKind.DESCRIPTORS))
        .isEqualTo(new AlertRule(false, new BigDecimal("0.8"), Duration.ofMinutes(1), 0));
    assertThat(rules.of(AlertKind.BUDGET_USED).threshold()).isEqualTo(BigDecimal.ONE);
    assertThat(rules.of(AlertKind.SLOW_ANSWERS))
        .isEqualTo(new AlertRule(true, new BigDecimal("1.25"), Duration.ofMinutes(5), 20));
    assertThat(rules.of(AlertKind.MODEL_RETIRING).threshold()).isEqualTo(BigDecimal.valueOf(90));
    assertThat(rules.of(AlertKind.RATE_LIMIT_EXCEEDED))
        .isEqualTo(AlertKind.RATE_LIMIT_EXCEEDED.usual());
  }

  @Test
  void mayMentionNothing() {
    assertThat(AlertsFile.parse("{}").rules()).contains(AlertRules.USUAL);
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of("", "line 1: the file must be a mapping"),
        Arguments.of("- a", "line 1: the file must be a mapping"),
        Arguments.of("a: [", "line 1: is not valid YAML"),
        Arguments.of("cooldown: 5", "line 1: unknown key \"cooldown\""),
        Arguments.of(
            "\ncool_down_seconds: -1",
            "line 2: cool_down_seconds must be a whole number from 0 to 86400"),
        Arguments.of(
            "resolve_after_seconds: 3601",
            "line 1: resolve_after_seconds must be a whole number from 0 to 3600"),
        Arguments.of("alerts: 5", "line 1: alerts must be a mapping"),
        Arguments.of("alerts:\n  descriptors: false", "line 2: descriptors must be a mapping"),
        Arguments.of(
            "alerts:\n  too_slow: {threshold: 1}",
            "line 2: unknown alert \"too_slow\": it must be one of connections_blocked, "),
        Arguments.of(
            "alerts:\n  descriptors:\n    enabled: no", "line 3: enabled must be true or false"),
        Arguments.of(
            "alerts:\n  descriptors:\n    threshold: 1.01", "line 3: threshold must be at most 1"),
        Arguments.of(
            "alerts:\n  descriptors:\n    threshold: 0",
            "line 3: threshold must be a number above 0"),
        Arguments.of(
            "alerts:\n  slow_answers:\n    threshold: 11", "line 3: threshold must be at most 10"),
        Arguments.of(
            "alerts:\n  connections_blocked:\n    threshold: 1.5",
            "line 3: threshold must be a whole number from 1 to 1000000000"),
        Arguments.of(
            "alerts:\n  connections_blocked:\n    threshold: .inf",
            "line 3: threshold must be a whole number"),
        Arguments.of(
            "alerts:\n  certificate_expiring:\n    threshold: 0",
            "line 3: threshold must be a whole number from 1 to 3650"),
        Arguments.of(
            "alerts:\n  connections_blocked:\n    window_seconds: 9",
            "line 3: window_seconds must be a whole number from 10 to 3600"),
        Arguments.of(
            "alerts:\n  budget_used:\n    window_seconds: 60",
            "line 3: unknown key \"window_seconds\""),
        Arguments.of(
            "alerts:\n  connections_blocked:\n    minimum: 5", "line 3: unknown key \"minimum\""),
        Arguments.of(
            "alerts:\n  slow_answers:\n    minimum: 0",
            "line 3: minimum must be a whole number from 1"),
        Arguments.of(
            "alerts:\n  descriptors: {}\n  descriptors: {}",
            "line 3: duplicate key \"descriptors\""));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void reportsEachMistakeWithItsLine(String yaml, String problem) {
    AlertsFile.Reading reading = AlertsFile.parse(yaml);

    assertThat(reading.rules()).isEmpty();
    assertThat(reading.problems()).anyMatch(found -> found.startsWith(problem));
  }

  @Test
  void reportsAllMistakesAtOnceInTheirOrder() {
    assertThat(AlertsFile.parse("alerts:\n  x: {}\n  descriptors: {threshold: 2}\ny: 1").problems())
        .hasSize(3)
        .isSortedAccordingTo((one, other) -> one.substring(0, 7).compareTo(other.substring(0, 7)));
  }

  @Test
  void readsNoFileThatIsMissingOrNoText() {
    assertThat(AlertsFile.read(Path.of("nowhere.yaml")).problems())
        .containsExactly("does not exist");
    assertThat(AlertsFile.read("\u00e9".getBytes(StandardCharsets.ISO_8859_1)).problems())
        .containsExactly("is not UTF-8");
    assertThat(AlertsFile.parse("[".repeat(100_000)).problems())
        .containsExactly("is nested too deeply");
  }
}
