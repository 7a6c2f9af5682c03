package io.donna.gateway.admin;

import io.donna.gateway.admin.OperatorControls.Outcome;
import io.donna.gateway.admission.LimitOverride;
import io.donna.gateway.config.WatchedFile;
import io.donna.gateway.edge.Gateway;
import io.donna.gateway.session.SessionSelector;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What operators do to a gateway as a whole: switch, limits, drain, reload. */
final class ControlApi {
  private static final int LONGEST_SECONDS = 7 * 24 * 60 * 60;
  private static final int MOST = 1_000_000;
  private static final String MUST_RESTART =
      "ENABLE_WS_PROXY is not true: the settings have the proxy off";

  private final Gateway gateway;
  private final OperatorControls controls;
  private final boolean onBySettings;
  private final ActionLog actions;
  private final Clock clock;

  /**
   * @param onBySettings whether the settings have the proxy on
   */
  ControlApi(
      Gateway gateway,
      OperatorControls controls,
      boolean onBySettings,
      ActionLog actions,
      Clock clock) {
    this.gateway = gateway;
    this.controls = controls;
    this.onBySettings = onBySettings;
    this.actions = actions;
    this.clock = clock;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/switch", OperatorRole.VIEWER, call -> AdminResponse.ok(switchState())),
        Route.put("/api/v1/switch", OperatorRole.OPERATOR, this::turn),
        Route.get("/api/v1/limits", OperatorRole.VIEWER, call -> AdminResponse.ok(limits())),
        Route.put("/api/v1/limits", OperatorRole.OPERATOR, this::limit),
        Route.delete("/api/v1/limits", OperatorRole.OPERATOR, this::restoreLimits),
        Route.get("/api/v1/drain", OperatorRole.VIEWER, call -> AdminResponse.ok(drainState())),
        Route.put("/api/v1/drain", OperatorRole.OPERATOR, this::drain),
        Route.post("/api/v1/reload", OperatorRole.OPERATOR, this::reload));
  }

  private ObjectNode switchState() {
    return AdminResponse.object()
        .put("enabled", gateway.gate().isEnabled())
        .put("enabled_by_settings", onBySettings)
        .put("kept", controls.areKept())
        .put("shared", controls.areShared());
  }

  /** Turns the proxy off or on; live sessions go on unless they are to end. */
  private AdminResponse turn(AdminRequest call) {
    Fields fields = call.fields();
    boolean on = fields.flag("enabled");
    boolean end = fields.has("end_sessions") && fields.flag("end_sessions");
    String reason = fields.reason();
    Optional<AdminResponse> refusal = fields.refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    if (on && !onBySettings) {
      return AdminResponse.problem(HttpResponseStatus.CONFLICT, MUST_RESTART);
    }
    Outcome outcome = controls.switchOff(!on);
    int ended = end && !on ? gateway.endSessions(new SessionSelector.All(), reason) : 0;
    actions.record(call, on ? "switch_on" : "switch_off", "proxy", reason);
    return Acts.answer(outcome, () -> AdminResponse.ok(switchState().put("ended", ended)));
  }

  private ObjectNode limits() {
    Optional<LimitOverride> changed = controls.controls().limits();
    ObjectNode body =
        AdminResponse.object()
            .put("requests", gateway.gate().rateLimit().requests())
            .put("window_ms", gateway.gate().rateLimit().window().toMillis())
            .put("connections_per_address", gateway.gate().connectionLimits().perAddress())
            .put("connections", gateway.gate().connectionLimits().total());
    return body.put("until", changed.map(LimitOverride::until).map(Instant::toString).orElse(null));
  }

  private AdminResponse limit(AdminRequest call) {
    Fields fields = call.fields();
    OptionalInt requests = fields.optionalInteger("requests", 1, MOST);
    OptionalInt perAddress = fields.optionalInteger("connections_per_address", 0, MOST);
    OptionalInt total = fields.optionalInteger("connections", 0, MOST);
    int seconds = fields.integer("seconds", 1, LONGEST_SECONDS);
    String reason = fields.reason();
    if (requests.isEmpty() && perAddress.isEmpty() && total.isEmpty()) {
      fields.problem(
          "requests",
          "at least one is required of: requests, connections_per_address, connections");
    }
    Optional<AdminResponse> refusal = fields.refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    Instant until = clock.instant().truncatedTo(ChronoUnit.SECONDS).plusSeconds(seconds);
    controls.controls().override(new LimitOverride(requests, perAddress, total, until));
    actions.record(call, "limit", target(requests, perAddress, total, seconds), reason);
    return AdminResponse.ok(limits());
  }

  private static String target(
      OptionalInt requests, OptionalInt perAddress, OptionalInt total, int seconds) {
    List<String> parts = new ArrayList<>();
    requests.ifPresent(value -> parts.add("requests " + value));
    perAddress.ifPresent(value -> parts.add("connections_per_address " + value));
    total.ifPresent(value -> parts.add("connections " + value));
    return String.join(", ", parts) + ", for " + seconds + " s";
  }

  private AdminResponse restoreLimits(AdminRequest call) {
    Fields query = call.query();
    String reason = query.reason();
    return query
        .refusal()
        .orElseGet(() -> {
          controls.controls().restoreLimits();
          actions.record(call, "restore_limits", "limits", reason);
          return AdminResponse.ok(limits());
        });
  }

  private ObjectNode drainState() {
    return AdminResponse.object()
        .put("draining", gateway.gate().isClosing())
        .put("connections", gateway.connections());
  }

  private AdminResponse drain(AdminRequest call) {
    Fields fields = call.fields();
    boolean on = fields.flag("draining");
    String reason = fields.reason();
    return fields
        .refusal()
        .orElseGet(() -> {
          controls.controls().drain(on);
          actions.record(call, on ? "drain" : "end_drain", "gateway", reason);
          return AdminResponse.ok(drainState());
        });
  }

  private AdminResponse reload(AdminRequest call) throws InterruptedException {
    Fields fields = call.fields();
    String reason = fields.has("reason") ? fields.reason() : "none given";
    Optional<AdminResponse> refusal = fields.refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    List<WatchedFile.Reload> read = gateway.reloadFiles();
    actions.record(call, "reload", read.size() + " settings", reason);
    ObjectNode body = AdminResponse.object();
    ArrayNode files = body.putArray("files");
    for (WatchedFile.Reload one : read) {
      ObjectNode file = files.addObject().put("setting", one.setting());
      one.files().stream().map(Path::toString).forEach(file.putArray("paths")::add);
      file.put("in_force", one.problem().isEmpty()).put("problem", one.problem().orElse(null));
    }
    return AdminResponse.ok(body);
  }
}
