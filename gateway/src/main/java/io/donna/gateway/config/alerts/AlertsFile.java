package io.donna.gateway.config.alerts;

import io.donna.gateway.config.BoundedFile;
import io.donna.gateway.config.policy.YamlMap;
import io.donna.gateway.config.policy.YamlProblems;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads a file of alert rules (YAML 1.2): returns the rules, or every error with its line. */
public final class AlertsFile {
  /** Rules or the errors of the file; one of the two is empty. */
  public record Reading(Optional<AlertRules> rules, List<String> problems) {}

  private static final String THRESHOLD = "threshold";
  private static final String WINDOW = "window_seconds";
  private static final String MINIMUM = "minimum";

  private static final long SHORTEST_WINDOW = 10;
  private static final long LONGEST_WINDOW = AlertRules.LONGEST_WINDOW.toSeconds();
  private static final long DAY = Duration.ofDays(1).toSeconds();
  private static final long MOST = 1_000_000_000L;
  private static final long LONGEST_NOTICE = 3_650;
  private static final BigDecimal LONGEST_WAIT = BigDecimal.valueOf(10);

  private final YamlProblems problems = new YamlProblems();

  private AlertsFile() {}

  /** Reads a file of at most 1 MiB. */
  public static Reading read(Path file) {
    try {
      return read(BoundedFile.read(file));
    } catch (IOException unreadable) {
      return refused(String.valueOf(unreadable.getMessage()));
    }
  }

  /** Reads the content of a file. */
  public static Reading read(byte[] yaml) {
    try {
      return parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(yaml)).toString());
    } catch (CharacterCodingException notUtf8) {
      return refused("is not UTF-8");
    }
  }

  static Reading parse(String yaml) {
    AlertsFile file = new AlertsFile();
    try {
      Optional<AlertRules> rules = YamlMap.document(yaml, file.problems).map(file::rules);
      List<String> found = file.problems.sorted();
      return new Reading(found.isEmpty() ? rules : Optional.empty(), found);
    } catch (StackOverflowError tooDeep) {
      return refused("is nested too deeply");
    }
  }

  private static Reading refused(String problem) {
    return new Reading(Optional.empty(), List.of(problem));
  }

  private AlertRules rules(YamlMap document) {
    Optional<Long> coolDown = document.whole("cool_down_seconds", 0, DAY);
    Optional<Long> resolveAfter = document.whole("resolve_after_seconds", 0, LONGEST_WINDOW);
    Map<AlertKind, AlertRule> rules = new EnumMap<>(AlertRules.USUAL.byKind());
    document
        .map("alerts")
        .ifPresent(alerts ->
            alerts.maps().forEach((name, alert) -> rule(name, alerts.lineOf(name), alert, rules)));
    document.refuseTheRest();
    return new AlertRules(
        coolDown.map(Duration::ofSeconds).orElse(AlertRules.USUAL.coolDown()),
        resolveAfter.map(Duration::ofSeconds).orElse(AlertRules.USUAL.resolveAfter()),
        rules);
  }

  private void rule(String name, int line, YamlMap alert, Map<AlertKind, AlertRule> rules) {
    Optional<AlertKind> named =
        Arrays.stream(AlertKind.values()).filter(kind -> kind.key().equals(name)).findFirst();
    if (named.isEmpty()) {
      problems.add(
          line,
          "unknown alert \"%s\": it must be one of %s"
              .formatted(
                  name,
                  Arrays.stream(AlertKind.values())
                      .map(AlertKind::key)
                      .collect(Collectors.joining(", "))));
      return;
    }
    AlertKind kind = named.get();
    AlertRule usual = kind.usual();
    AlertRule rule =
        new AlertRule(
            !alert.keys().contains("enabled") || alert.flag("enabled"),
            threshold(kind, alert).orElse(usual.threshold()),
            kind.hasWindow()
                ? alert
                    .whole(WINDOW, SHORTEST_WINDOW, LONGEST_WINDOW)
                    .map(Duration::ofSeconds)
                    .orElse(usual.window())
                : usual.window(),
            kind.hasMinimum()
                ? alert.whole(MINIMUM, 1, MOST).map(Math::toIntExact).orElse(usual.minimum())
                : usual.minimum());
    alert.refuseTheRest();
    rules.put(kind, rule);
  }

  private Optional<BigDecimal> threshold(AlertKind kind, YamlMap alert) {
    return switch (kind.unit()) {
      case COUNT -> alert.whole(THRESHOLD, 1, MOST).map(BigDecimal::valueOf);
      case DAYS_LEFT -> alert.whole(THRESHOLD, 1, LONGEST_NOTICE).map(BigDecimal::valueOf);
      case RATIO -> upTo(BigDecimal.ONE, alert);
      // Longer waits all look alike to the histogram of waits.
      case SECONDS -> upTo(LONGEST_WAIT, alert);
    };
  }

  private Optional<BigDecimal> upTo(BigDecimal most, YamlMap alert) {
    Optional<BigDecimal> threshold = alert.decimal(THRESHOLD);
    if (threshold.isPresent() && threshold.get().compareTo(most) > 0) {
      problems.add(alert.lineOf(THRESHOLD), THRESHOLD + " must be at most " + most);
    }
    return threshold;
  }
}
