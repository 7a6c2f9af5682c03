package io.donna.gateway.admin;

import io.donna.gateway.config.AddressRange;
import io.donna.gateway.session.SessionSelector;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Ends live sessions: one, or all of a user, tenant, tier or range of addresses. */
final class SessionTerminationApi {
  private final SharedEnding sessions;
  private final ActionLog actions;

  SessionTerminationApi(SharedEnding sessions, ActionLog actions) {
    this.sessions = sessions;
    this.actions = actions;
  }

  List<Route> routes() {
    return List.of(
        Route.post("/api/v1/sessions/{id}/end", OperatorRole.OPERATOR, this::endOne),
        Route.post("/api/v1/users/{sub}/end", OperatorRole.OPERATOR, this::endUser),
        Route.post("/api/v1/sessions/end", OperatorRole.OPERATOR, this::endSome));
  }

  private AdminResponse endOne(AdminRequest call) {
    String id = call.parameter("id");
    Fields fields = call.fields();
    String reason = fields.reason();
    Optional<AdminResponse> refusal = fields.refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    SharedEnding.Result ended = sessions.end(new SessionSelector.WithId(id), reason);
    if (ended.ended() == 0) {
      return AdminResponse.problem(HttpResponseStatus.NOT_FOUND, "No live session has this id");
    }
    actions.record(call, "end_session", "session " + id, reason);
    return ended(ended);
  }

  private AdminResponse endUser(AdminRequest call) {
    String user = call.parameter("sub");
    Fields fields = call.fields();
    String reason = fields.reason();
    return fields
        .refusal()
        .orElseGet(() -> end(call, new SessionSelector.OfUser(user), "user " + user, reason));
  }

  private AdminResponse endSome(AdminRequest call) {
    Fields fields = call.fields();
    fields.exactlyOne("user", "tenant", "tier", "address");
    Optional<String> user = fields.optionalName("user");
    Optional<String> tenant = fields.optionalName("tenant");
    Optional<String> tier = fields.optionalName("tier");
    Optional<AddressRange> range =
        fields.optional("address", Block::range, "an address or CIDR range such as 203.0.113.0/24");
    String reason = fields.reason();
    Optional<AdminResponse> refusal = fields.refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    SessionSelector selector =
        Stream.<Optional<? extends SessionSelector>>of(
                user.map(SessionSelector.OfUser::new),
                tenant.map(SessionSelector.OfTenant::new),
                tier.map(SessionSelector.OfTier::new),
                range.map(SessionSelector.FromRange::new))
            .flatMap(Optional::stream)
            .findFirst()
            .orElseThrow();
    String target =
        Stream.of(
                user.map(name -> "user " + name),
                tenant.map(name -> "tenant " + name),
                tier.map(name -> "tier " + name),
                range.map(addresses -> "address " + addresses))
            .flatMap(Optional::stream)
            .findFirst()
            .orElseThrow();
    return end(call, selector, target, reason);
  }

  private AdminResponse end(
      AdminRequest call, SessionSelector selector, String target, String reason) {
    SharedEnding.Result ended = sessions.end(selector, reason);
    actions.record(call, "end_sessions", target, reason);
    return ended(ended);
  }

  private static AdminResponse ended(SharedEnding.Result result) {
    return AdminResponse.ok(result.addTo(AdminResponse.object()));
  }
}
