package io.donna.simulator.live;

import io.donna.simulator.protocol.Ids;
import io.donna.simulator.protocol.Json;
import io.donna.simulator.protocol.Outlet;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.SessionFault;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends the server events of the Live API. The API writes some with the id first and others with
 * the id last; each type keeps the recorded order. Confined to the session's event loop.
 */
final class LiveEvents {
  private final Outlet outlet;
  private final Ids ids;
  private String lastAudio = "";
  private String lastAudioEvent = "";

  LiveEvents(Outlet outlet, Ids ids) {
    this.outlet = outlet;
    this.ids = ids;
  }

  Ids ids() {
    return ids;
  }

  boolean has(SessionFault fault) {
    return outlet.has(fault);
  }

  /** Sends an event that begins with its id and its type. */
  void sendIdFirst(String type, @Nullable String clientEventId, Consumer<ObjectNode> fields) {
    ObjectNode event = Json.object().put("event_id", ids.event()).put("type", type);
    fields.accept(event);
    put(event, clientEventId);
  }

  /** Sends an event that begins with its type and ends with its id, which is returned. */
  String sendIdLast(String type, @Nullable String clientEventId, Consumer<ObjectNode> fields) {
    String id = ids.event();
    ObjectNode event = Json.object().put("type", type);
    fields.accept(event);
    put(event.put("event_id", id), clientEventId);
    return id;
  }

  /** Sends an event of a stretch of the timeline, and returns its id. */
  String sendTimed(
      String type,
      long startMillis,
      long endMillis,
      @Nullable String clientEventId,
      Consumer<ObjectNode> fields) {
    return sendIdLast(
        type,
        clientEventId,
        event -> fields.accept(event.put("start_ms", startMillis).put("end_ms", endMillis)));
  }

  /** Sends audio, the only event without an id. Silence, most of it, is written only once. */
  void sendAudio(String base64) {
    if (!base64.equals(lastAudio)) {
      lastAudio = base64;
      lastAudioEvent =
          Json.write(Json.object().put("type", "session.output_audio.delta").put("delta", base64));
    }
    outlet.send(lastAudioEvent);
  }

  void sendError(ProtocolError error, @Nullable String clientEventId) {
    boolean withoutCode = outlet.has(SessionFault.NULL_CODE);
    outlet.send(Json.write(error(ids.event(), error, clientEventId, withoutCode)));
  }

  /** Sends an error of the account, whose id is a UUID, as of another service. */
  void sendRefusal(ProtocolError error) {
    outlet.send(Json.write(error("event_" + ids.uuid(), error, null, false)));
  }

  /** An `error` event. A field that is not known is absent. */
  static ObjectNode error(
      String eventId, ProtocolError error, @Nullable String clientEventId, boolean withoutCode) {
    ObjectNode event = Json.object().put("type", "error").put("event_id", eventId);
    ObjectNode detail = event.putObject("error").put("type", error.type());
    if (withoutCode) {
      detail.putNull("code");
    } else if (error.code() != null) {
      detail.put("code", error.code());
    }
    detail.put("message", error.message());
    if (error.param() != null) {
      detail.put("param", error.param());
    }
    if (clientEventId != null) {
      detail.put("client_event_id", clientEventId);
    }
    return event;
  }

  private void put(ObjectNode event, @Nullable String clientEventId) {
    if (clientEventId != null) {
      event.put("client_event_id", clientEventId);
    }
    outlet.send(Json.write(event));
  }
}
