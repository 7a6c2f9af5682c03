package io.donna.gateway.guard;

import io.donna.gateway.event.EventId;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.Replies;
import io.donna.gateway.websocket.CloseReason;
import java.util.LinkedHashSet;
import java.util.Set;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The events that the gateway sends to either side on its own, to enforce a judgement. Confined to
 * the session's event loop.
 */
final class Interventions {
  static final CloseReason ENDED = new CloseReason(CloseReason.POLICY, "Not allowed by a guard");

  static final CloseReason UNREADABLE =
      new CloseReason(CloseReason.INTERNAL_ERROR, "The upstream cannot be checked");

  /** How many IDs of these events are remembered, to recognize an upstream error about one. */
  private static final int REMEMBERED = 64;

  private final InspectorContext context;
  private final Set<String> own = new LinkedHashSet<>();

  Interventions(InspectorContext context) {
    this.context = context;
  }

  void tell(Finding finding) {
    context.toClient(Replies.gatewayError(finding.code(), finding.message()));
  }

  void end(Finding finding) {
    context.end(Replies.gatewayError(finding.code(), finding.message()), ENDED);
  }

  /**
   * Ends the session, because the upstream sent something the gateway cannot read and the client
   * perhaps can.
   */
  void abort() {
    context.end(
        Replies.gatewayError(
            "upstream_unreadable", "The upstream sent what cannot be checked; the session ends."),
        UNREADABLE);
  }

  /** Cancels a response. An error because it has already ended is not passed on. */
  void cancel(String response) {
    sendUpstream(event("response.cancel").put("response_id", response));
  }

  /** Deletes an item from the conversation, so that the next response does not read it. */
  void delete(String item) {
    sendUpstream(event("conversation.item.delete").put("item_id", item));
  }

  private void sendUpstream(ObjectNode event) {
    String id = EventId.next();
    if (own.size() == REMEMBERED) {
      own.remove(own.iterator().next());
    }
    own.add(id);
    context.toUpstream(event.put("event_id", id).toString());
  }

  private static ObjectNode event(String type) {
    return JsonNodeFactory.instance.objectNode().put("type", type);
  }

  /** Whether an upstream error answers an event sent here. True once for each event. */
  boolean isOurs(String eventId) {
    return own.remove(eventId);
  }
}
