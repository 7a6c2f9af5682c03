package io.donna.gateway.admin;

import io.donna.gateway.alerts.Alert;
import io.donna.gateway.alerts.Alerts;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Lists the active alerts, with the fields of an alert's webhook. */
final class AlertsApi {
  private static final Set<String> FILTERS = Set.of("alert", "category");

  private final Alerts alerts;

  AlertsApi(Alerts alerts) {
    this.alerts = alerts;
  }

  List<Route> routes() {
    return List.of(Route.get("/api/v1/alerts", OperatorRole.VIEWER, this::list));
  }

  private AdminResponse list(AdminRequest call) {
    Fields query = call.query();
    ListQuery wanted = ListQuery.read(query, FILTERS, Set.of());
    return query
        .refusal()
        .orElseGet(() ->
            AdminResponse.ok(
                wanted.page(
                    alerts.active().stream()
                        .filter(alert -> wanted.allows("alert", alert.kind().key()))
                        .filter(alert -> wanted.allows("category", category(alert)))
                        .toList(),
                    AlertsApi::json)));
  }

  /** All active alerts as one event. */
  static ObjectNode event(List<Alert> active) {
    ObjectNode event = AdminResponse.object();
    ArrayNode items = event.putArray("items");
    active.forEach(alert -> items.add(json(alert)));
    return event;
  }

  private static ObjectNode json(Alert alert) {
    return AdminResponse.object()
        .put("alert", alert.kind().key())
        .put("category", category(alert))
        .put("subject", alert.subject().orElse(null))
        .put("since", alert.since().truncatedTo(ChronoUnit.MILLIS).toString())
        .put("value", alert.value())
        .put("threshold", alert.rule().threshold())
        .put("window", alert.rule().window().toSeconds())
        .put("message", alert.message());
  }

  private static String category(Alert alert) {
    return alert.kind().category().name().toLowerCase(Locale.ROOT);
  }
}
