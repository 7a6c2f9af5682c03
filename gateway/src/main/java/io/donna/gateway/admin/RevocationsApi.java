package io.donna.gateway.admin;

import io.donna.gateway.admin.OperatorControls.Outcome;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Revokes tokens and users for good, beside those of the revocations file. */
final class RevocationsApi {
  private final OperatorControls controls;
  private final ActionLog actions;

  RevocationsApi(OperatorControls controls, ActionLog actions) {
    this.controls = controls;
    this.actions = actions;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/revocations", OperatorRole.VIEWER, this::list),
        Route.post("/api/v1/revocations", OperatorRole.OPERATOR, this::add),
        Route.delete("/api/v1/revocations/{id}", OperatorRole.OPERATOR, this::remove));
  }

  private AdminResponse list(AdminRequest call) {
    Fields query = call.query();
    ListQuery wanted = ListQuery.read(query, Set.of(), Set.of());
    return query
        .refusal()
        .orElseGet(() -> AdminResponse.ok(wanted.page(controls.revocations(), KeptState::write)));
  }

  private AdminResponse add(AdminRequest call) {
    Fields fields = call.fields();
    fields.exactlyOne("jti", "sub");
    Optional<String> jti = fields.optionalName("jti");
    Optional<String> user = fields.optionalName("sub");
    Optional<Instant> before = fields.optionalInstant("before");
    if (before.isPresent() && user.isEmpty()) {
      fields.problem("before", "is for a user's tokens: it requires sub");
    }
    String reason = fields.reason();
    Optional<AdminResponse> refusal = fields.refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    Revocation.Target target =
        jti.<Revocation.Target>map(Revocation.Target.OfToken::new)
            .orElseGet(() -> new Revocation.Target.OfUser(user.orElseThrow(), before));
    Revocation revocation = controls.newRevocation(target, reason, call.operator().name());
    Outcome outcome = controls.add(revocation);
    if (outcome != Outcome.FULL) {
      actions.record(call, "revoke", target.toString(), reason);
    }
    return Acts.answer(
        outcome, () -> AdminResponse.json(HttpResponseStatus.CREATED, KeptState.write(revocation)));
  }

  private AdminResponse remove(AdminRequest call) {
    Fields query = call.query();
    String reason = query.reason();
    Optional<AdminResponse> refusal = query.refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    Optional<Revocation> revocation = controls.findRevocation(call.parameter("id"));
    Outcome outcome = controls.removeRevocation(call.parameter("id"));
    if (outcome == Outcome.DONE && revocation.isPresent()) {
      actions.record(call, "unrevoke", revocation.get().target().toString(), reason);
    }
    return Acts.answer(outcome, () -> AdminResponse.ok(KeptState.write(revocation.orElseThrow())));
  }
}
