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
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Shows what users, tenants and tiers have spent in this hour, day or month, and each model since
 * the gateway started.
 */
final class UsageApi {
  /** Rows of one answer: the largest. */
  private static final int MOST_ROWS = 1_000;

  /** Places of a dollar's fraction for sums that are no longer exact. */
  private static final int SCALE = 9;

  private static final String BY_MODEL = "model";

  private final Gateway gateway;

  UsageApi(Gateway gateway) {
    this.gateway = gateway;
  }

  List<Route> routes() {
    return List.of(Route.get("/api/v1/usage", OperatorRole.VIEWER, this::usage));
  }

  private AdminResponse usage(AdminRequest call) {
    Fields query = call.query();
    String by =
        query
            .optional(
                "by",
                text -> known(text, "user", "tenant", "tier", BY_MODEL),
                "user, tenant, tier or model")
            .orElse("user");
    String window =
        query
            .optional("window", text -> known(text, "hour", "day", "month"), "hour, day or month")
            .orElse("day");
    return query.refusal().orElseGet(() -> AdminResponse.ok(usage(by, window)));
  }

  private static Optional<String> known(String text, String... values) {
    return Stream.of(values).filter(text::equals).findFirst();
  }

  private ObjectNode usage(String by, String window) {
    Map<String, Spent> spending = by.equals(BY_MODEL) ? byModel() : spending(by, window);
    ObjectNode json =
        AdminResponse.object().put("by", by).put("window", by.equals(BY_MODEL) ? "start" : window);
    ArrayNode items = json.putArray("items");
    spending.entrySet().stream()
        .sorted(
            Comparator.comparing((Map.Entry<String, Spent> entry) -> entry.getValue().cost())
                .reversed()
                .thenComparing(Map.Entry::getKey))
        .limit(MOST_ROWS)
        .forEach(entry -> items.add(row(entry.getKey(), entry.getValue())));
    Spent total =
        spending.values().stream()
            .reduce(
                Spent.NOTHING,
                (one, other) ->
                    new Spent(one.tokens() + other.tokens(), one.cost().add(other.cost())));
    json.putObject("total").put("tokens", total.tokens()).put("usd", total.cost());
    ArrayNode budgets = json.putArray("budgets");
    gateway
        .usedByTier()
        .forEach((tier, ratio) -> budgets.addObject().put("tier", tier).put("usedRatio", ratio));
    return json;
  }

  private static ObjectNode row(String name, Spent spent) {
    return AdminResponse.object()
        .put("name", name)
        .put("tokens", spent.tokens())
        .put("usd", spent.cost());
  }

  private Map<String, Spent> spending(String by, String window) {
    return gateway.spending(
        Budget.Per.valueOf(by.toUpperCase(Locale.ROOT)),
        Budget.Window.valueOf(window.toUpperCase(Locale.ROOT)));
  }

  private Map<String, Spent> byModel() {
    Map<String, Spent> spending = new TreeMap<>();
    gateway
        .telemetry()
        .usage()
        .byModel()
        .forEach((model, used) -> spending.put(model, spent(used)));
    return spending;
  }

  private static Spent spent(UsageMetrics.OfModel used) {
    return new Spent(
        used.inputTokens() + used.cachedTokens() + used.outputTokens(),
        BigDecimal.valueOf(used.usd()).setScale(SCALE, RoundingMode.HALF_UP).stripTrailingZeros());
  }
}
