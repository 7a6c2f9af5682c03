package io.donna.gateway.protocol.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Names the client's event in the gateway's errors as this API does: {@code client_event_id}.
 * Stateless.
 */
final class ErrorInspector implements Inspector {
  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    if (event.isOwn() && event.type() == EventType.ERROR) {
      rename(event);
    }
    context.toClient(event);
  }

  /** The error as this API words it. */
  static String renamed(String error) {
    Event event = Event.of(error);
    rename(event);
    return new String(event.payload(), UTF_8);
  }

  private static void rename(Event event) {
    ObjectNode tree = event.tree().orElseThrow();
    if (tree.get("error") instanceof ObjectNode error) {
      JsonNode offender = error.remove("event_id");
      if (offender != null && offender.isString()) {
        error.set("client_event_id", offender);
      }
      event.rewrite(tree);
    }
  }
}
