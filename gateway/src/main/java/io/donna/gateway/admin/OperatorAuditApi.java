package io.donna.gateway.admin;

import java.util.List;
import java.util.Set;

/** Lists what operators have done. */
final class OperatorAuditApi {
  private static final Set<String> FILTERS = Set.of("actor", "action");

  private final ActionLog actions;

  OperatorAuditApi(ActionLog actions) {
    this.actions = actions;
  }

  List<Route> routes() {
    return List.of(Route.get("/api/v1/actions", OperatorRole.VIEWER, this::list));
  }

  private AdminResponse list(AdminRequest call) {
    Fields query = call.query();
    ListQuery wanted = ListQuery.read(query, FILTERS, Set.of());
    return query
        .refusal()
        .orElseGet(() ->
            AdminResponse.ok(
                wanted.page(
                    actions.all().stream()
                        .filter(action -> wanted.allows("actor", action.actor()))
                        .filter(action -> wanted.allows("action", action.action()))
                        .toList(),
                    action ->
                        AdminResponse.object()
                            .put("at", action.at().toString())
                            .put("ip", action.ip())
                            .put("actor", action.actor())
                            .put("action", action.action())
                            .put("target", action.target())
                            .put("reason", action.reason()))));
  }
}
