package io.donna.gateway.admin;

import io.donna.gateway.edge.Gateway;
import io.donna.gateway.metering.Spent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Shows what users, tenants and tiers have spent in this hour, day or month, and each model since
 * the gateway started; on all replicas.
 */
final class UsageApi {
  private final Gateway gateway;
  private final ClusterView cluster;

  UsageApi(Gateway gateway, ClusterView cluster) {
    this.gateway = gateway;
    this.cluster = cluster;
  }

  List<Route> routes() {
    return List.of(Route.get("/api/v1/usage", OperatorRole.VIEWER, this::usage));
  }

  private AdminResponse usage(AdminRequest call) throws InterruptedException {
    Fields query = call.query();
    String by =
        query
            .optional("by", text -> known(text, UsageQuestion.KINDS), "user, tenant, tier or model")
            .orElse("user");
    String window =
        query
            .optional("window", text -> known(text, UsageQuestion.WINDOWS), "hour, day or month")
            .orElse("day");
    Optional<AdminResponse> refusal = query.refusal();
    return refusal.isPresent()
        ? refusal.get()
        : AdminResponse.ok(usage(new UsageQuestion(by, window)));
  }

  private static Optional<String> known(String text, List<String> values) {
    return Optional.of(text).filter(values::contains);
  }

  private ObjectNode usage(UsageQuestion question) throws InterruptedException {
    ClusterView.Seen<Map<String, Spent>> spending =
        cluster.spending(question, ClusterView.PATIENCE);
    ObjectNode json =
        AdminResponse.object()
            .put("by", question.by())
            .put("window", question.isByModel() ? "start" : question.window());
    ArrayNode items = json.putArray("items");
    UsageQuestion.sorted(spending.value())
        .limit(UsageQuestion.MOST_ROWS)
        .forEach(entry -> items.add(row(entry.getKey(), entry.getValue())));
    Spent total = spending.value().values().stream().reduce(Spent.NOTHING, Spent::plus);
    json.putObject("total").put("tokens", total.tokens()).put("usd", total.cost());
    ArrayNode budgets = json.putArray("budgets");
    gateway
        .usedByTier()
        .forEach((tier, ratio) -> budgets.addObject().put("tier", tier).put("usedRatio", ratio));
    return spending.addTo(json);
  }

  private static ObjectNode row(String name, Spent spent) {
    return AdminResponse.object()
        .put("name", name)
        .put("tokens", spent.tokens())
        .put("usd", spent.cost());
  }
}
