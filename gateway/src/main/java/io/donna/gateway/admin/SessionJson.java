package io.donna.gateway.admin;

import io.donna.gateway.calls.Call;
import io.donna.gateway.calls.TurnView;
import io.donna.gateway.metering.Payer;
import io.donna.gateway.session.SessionDetail;
import io.donna.gateway.session.SessionSnapshot;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.CloseReason;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Sessions and their turns as the API shows them; what there is not is null. */
final class SessionJson {
  private static final String BY_CLIENT = "client";

  private SessionJson() {}

  static ObjectNode of(SessionSnapshot session) {
    Payer payer = session.payer();
    ObjectNode json =
        AdminResponse.object()
            .put("id", session.id())
            .put("user", payer.isAnonymous() ? null : payer.user())
            .put("tenant", payer.tenant().orElse(null))
            .put("tier", payer.tier().orElse(null))
            .put("address", session.ip())
            .put("endpoint", session.endpoint())
            .put("protocol", session.protocol())
            .put("state", session.state().label())
            .put("begun", session.begun().toString())
            .put("model", session.model().orElse(null))
            .put("upstream", session.server().orElse(null))
            .put("turns", session.turns())
            .put("interruptions", session.interruptions());
    put(json, "lastWaitMs", session.lastWaitMs());
    json.put("inputTokens", session.usage().inputTokens())
        .put("outputTokens", session.usage().outputTokens())
        .put("usd", session.usage().usd());
    session
        .end()
        .ifPresentOrElse(
            end ->
                json.putObject("end")
                    .put("time", end.time().toString())
                    .put("code", end.reason().code())
                    .put("reason", end.reason().text())
                    .put("by", end.byClient() ? BY_CLIENT : "gateway")
                    .put("operatorReason", end.operatorReason().orElse(null)),
            () -> json.putNull("end"));
    return json;
  }

  static ObjectNode of(ListedSession listed) {
    ObjectNode json = of(listed.session());
    return json.put("replica", listed.replica().orElse(null));
  }

  /**
   * Reads what {@link #of(SessionSnapshot)} has written.
   *
   * @throws IllegalArgumentException if it is of another form
   */
  static SessionSnapshot read(JsonNode json) {
    try {
      return new SessionSnapshot(
          json.required("id").stringValue(),
          payer(json),
          json.required("address").stringValue(),
          json.required("endpoint").stringValue(),
          json.required("protocol").stringValue(),
          SessionState.valueOf(json.required("state").stringValue().toUpperCase(Locale.ROOT)),
          Instant.parse(json.required("begun").stringValue()),
          text(json, "model"),
          text(json, "upstream"),
          json.required("turns").intValue(),
          json.required("interruptions").intValue(),
          Optional.of(json.path("lastWaitMs"))
              .filter(JsonNode::isIntegralNumber)
              .map(JsonNode::longValue),
          new Call.Usage(
              json.required("inputTokens").longValue(),
              json.required("outputTokens").longValue(),
              json.required("usd").decimalValue()),
          Optional.of(json.path("end")).filter(JsonNode::isObject).map(SessionJson::readEnd));
    } catch (JacksonException | DateTimeException foreign) {
      throw new IllegalArgumentException("no session", foreign);
    }
  }

  private static Payer payer(JsonNode json) {
    return text(json, "user")
        .map(user -> new Payer(user, text(json, "tenant"), text(json, "tier")))
        .orElseGet(() -> Payer.anonymous(text(json, "tier")));
  }

  private static SessionSnapshot.End readEnd(JsonNode end) {
    return new SessionSnapshot.End(
        Instant.parse(end.required("time").stringValue()),
        new CloseReason(end.required("code").intValue(), end.required("reason").stringValue()),
        end.required("by").stringValue().equals(BY_CLIENT),
        text(end, "operatorReason"));
  }

  private static Optional<String> text(JsonNode json, String field) {
    return Optional.of(json.path(field)).filter(JsonNode::isString).map(JsonNode::stringValue);
  }

  static ObjectNode of(SessionDetail detail) {
    ObjectNode json = AdminResponse.object();
    json.set("session", of(detail.session()));
    ArrayNode turns = json.putArray("turns");
    detail.turns().forEach(turn -> turns.add(of(turn)));
    return json;
  }

  private static ObjectNode of(TurnView turn) {
    ObjectNode json =
        AdminResponse.object().put("number", turn.number()).put("trigger", turn.trigger().label());
    put(json, "speechStartMs", turn.speechStart());
    put(json, "speechEndMs", turn.speechEnd());
    put(json, "requestMs", turn.request());
    put(json, "startedMs", turn.started());
    put(json, "firstOutputMs", turn.firstOutput());
    put(json, "firstAudioMs", turn.firstAudio());
    put(json, "endMs", turn.end());
    json.put("audioMs", turn.audioMs());
    put(json, "interruptedMs", turn.interrupted());
    put(json, "silentMs", turn.silent());
    put(json, "waitMs", turn.waitMs());
    json.put("status", turn.status().map(status -> status.label()).orElse(null));
    ArrayNode tools = json.putArray("tools");
    turn.tools().forEach(tools::add);
    return json.put("inputTokens", turn.inputTokens())
        .put("outputTokens", turn.outputTokens())
        .put("usd", turn.usd());
  }

  private static void put(ObjectNode json, String name, Optional<Long> value) {
    value.ifPresentOrElse(number -> json.put(name, number), () -> json.putNull(name));
  }
}
