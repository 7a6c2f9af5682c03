package io.donna.gateway.config.alerts;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The rules of all alerts. Immutable.
 *
 * @param coolDown the least time between two messages that the same alert has begun
 * @param resolveAfter how long a value must be on the right side of its threshold before the alert
 *     ends
 * @param byKind a rule for each kind
 */
public record AlertRules(
    Duration coolDown, Duration resolveAfter, Map<AlertKind, AlertRule> byKind) {
  /** The longest window: what a gateway remembers of its counts. */
  public static final Duration LONGEST_WINDOW = Duration.ofHours(1);

  /** The rules without a file. */
  public static final AlertRules USUAL =
      new AlertRules(
          Duration.ofMinutes(15),
          Duration.ofMinutes(2),
          Arrays.stream(AlertKind.values())
              .collect(Collectors.toMap(Function.identity(), AlertKind::usual)));

  public AlertRules {
    byKind = Map.copyOf(byKind);
  }

  public AlertRule of(AlertKind kind) {
    return Objects.requireNonNull(byKind.get(kind));
  }
}
