package io.donna.gateway.admin;

import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.edge.Gateway;
import io.donna.gateway.metering.Spent;
import io.donna.gateway.telemetry.UsageMetrics;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * What usage an operator wants to see: of users, tenants or tiers in a window, or of models since
 * the start.
 *
 * @param by one of {@link #KINDS}
 * @param window one of {@link #WINDOWS}; without meaning for models
 */
record UsageQuestion(String by, String window) {
  static final List<String> KINDS = List.of("user", "tenant", "tier", "model");
  static final List<String> WINDOWS = List.of("hour", "day", "month");

  /** Rows that are reported and shown: the largest. */
  static final int MOST_ROWS = 1_000;

  private static final String BY_MODEL = "model";

  /** Places of a dollar's fraction for sums that are no longer exact. */
  private static final int SCALE = 9;

  private static final String SEPARATOR = "/";

  static Optional<UsageQuestion> parse(String text) {
    String[] parts = text.split(SEPARATOR, -1);
    return parts.length == 2 && KINDS.contains(parts[0]) && WINDOWS.contains(parts[1])
        ? Optional.of(new UsageQuestion(parts[0], parts[1]))
        : Optional.empty();
  }

  String text() {
    return by + SEPARATOR + window;
  }

  boolean isByModel() {
    return by.equals(BY_MODEL);
  }

  /** What has been spent on this replica, by name; may be changed. */
  Map<String, Spent> ask(Gateway gateway) {
    Map<String, Spent> spending = new TreeMap<>();
    if (isByModel()) {
      gateway
          .telemetry()
          .usage()
          .byModel()
          .forEach((model, used) -> spending.put(model, spent(used)));
    } else {
      spending.putAll(
          gateway.spending(
              Budget.Per.valueOf(by.toUpperCase(Locale.ROOT)),
              Budget.Window.valueOf(window.toUpperCase(Locale.ROOT))));
    }
    return spending;
  }

  private static Spent spent(UsageMetrics.OfModel used) {
    return new Spent(
        used.inputTokens() + used.cachedTokens() + used.outputTokens(),
        BigDecimal.valueOf(used.usd()).setScale(SCALE, RoundingMode.HALF_UP).stripTrailingZeros());
  }

  /**
   * What two replicas say of one name. Of users, tenants and tiers each knows what all replicas
   * have spent, as far as it has heard; of models each counts its own.
   */
  Spent together(Spent one, Spent other) {
    return isByModel() ? one.plus(other) : one.most(other);
  }

  /** The largest first. */
  static Stream<Map.Entry<String, Spent>> sorted(Map<String, Spent> spending) {
    return spending.entrySet().stream()
        .sorted(
            Comparator.comparing((Map.Entry<String, Spent> entry) -> entry.getValue().cost())
                .reversed()
                .thenComparing(Map.Entry::getKey));
  }

  static ArrayNode write(Map<String, Spent> spending) {
    ArrayNode rows = AdminResponse.object().putArray("rows");
    sorted(spending)
        .limit(MOST_ROWS)
        .forEach(entry ->
            rows.addArray()
                .add(entry.getKey())
                .add(entry.getValue().tokens())
                .add(entry.getValue().cost()));
    return rows;
  }

  /** Reads what {@link #write} has written; what is not of that form is left out. */
  static Map<String, Spent> read(JsonNode json) {
    Map<String, Spent> spending = new TreeMap<>();
    for (JsonNode row : json) {
      if (row.path(0).isString() && row.path(1).isIntegralNumber() && row.path(2).isNumber()) {
        spending.put(
            row.path(0).asString(), new Spent(row.path(1).asLong(), row.path(2).decimalValue()));
      }
    }
    return spending;
  }
}
