package io.donna.gateway.admin;

import io.donna.gateway.admin.OperatorControls.Outcome;
import io.donna.gateway.config.AddressRange;
import io.donna.gateway.edge.Gateway;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Keeps users and ranges of addresses out for a time, and ends their live sessions. */
final class BlocksApi {
  private static final int LONGEST_SECONDS = 366 * 24 * 60 * 60;
  private static final int USUAL_SECONDS = 60 * 60;

  private final Gateway gateway;
  private final OperatorControls controls;
  private final ActionLog actions;

  BlocksApi(Gateway gateway, OperatorControls controls, ActionLog actions) {
    this.gateway = gateway;
    this.controls = controls;
    this.actions = actions;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/blocks", OperatorRole.VIEWER, this::list),
        Route.post("/api/v1/blocks", OperatorRole.OPERATOR, this::add),
        Route.delete("/api/v1/blocks/{id}", OperatorRole.OPERATOR, this::remove));
  }

  private AdminResponse list(AdminRequest call) {
    Fields query = call.query();
    ListQuery wanted = ListQuery.read(query, Set.of(), Set.of());
    return query
        .refusal()
        .orElseGet(() -> AdminResponse.ok(wanted.page(controls.blocks(), KeptState::write)));
  }

  private AdminResponse add(AdminRequest call) {
    Fields fields = call.fields();
    fields.exactlyOne("user", "address");
    Optional<String> user = fields.optionalName("user");
    Optional<AddressRange> range =
        fields.optional("address", Block::range, "an address or CIDR range such as 203.0.113.0/24");
    int seconds = fields.optionalInteger("seconds", 1, LONGEST_SECONDS).orElse(USUAL_SECONDS);
    String reason = fields.reason();
    Optional<AdminResponse> refusal = fields.refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    Block.Target target =
        user.<Block.Target>map(Block.Target.OfUser::new)
            .orElseGet(() -> new Block.Target.OfRange(range.orElseThrow()));
    Block block = controls.newBlock(target, seconds, reason, call.operator().name());
    Outcome outcome = controls.add(block);
    if (outcome == Outcome.FULL) {
      return Acts.answer(outcome, () -> AdminResponse.ok(KeptState.write(block)));
    }
    int ended = gateway.endSessions(target.selector(), reason);
    actions.record(call, "block", target + ", for " + seconds + " s", reason);
    return Acts.answer(
        outcome,
        () ->
            AdminResponse.json(
                HttpResponseStatus.CREATED, KeptState.write(block).put("ended", ended)));
  }

  private AdminResponse remove(AdminRequest call) {
    Fields query = call.query();
    String reason = query.reason();
    Optional<AdminResponse> refusal = query.refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    Optional<Block> block = controls.findBlock(call.parameter("id"));
    Outcome outcome = controls.removeBlock(call.parameter("id"));
    if (outcome == Outcome.DONE && block.isPresent()) {
      actions.record(call, "unblock", block.get().target().toString(), reason);
    }
    return Acts.answer(outcome, () -> AdminResponse.ok(KeptState.write(block.orElseThrow())));
  }
}
