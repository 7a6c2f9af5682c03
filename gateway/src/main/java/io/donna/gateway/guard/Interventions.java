package io.donna.gateway.guard;

import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.InspectorContext;
import io.donna.gateway.realtime.Replies;
import io.donna.gateway.websocket.CloseReason;
import java.util.LinkedHashSet;
import java.util.Set;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the gateway says to either side of its own accord, where words were not to be said. Confined
 * to the session's event loop.
 */
final class Interventions {
  static final CloseReason ENDED = new CloseReason(CloseReason.POLICY, "Not allowed by a guard");

  static final CloseReason UNREADABLE =
      new CloseReason(CloseReason.INTERNAL_ERROR, "The upstream cannot be checked");

  /** Of so many the upstream may still have to say that it could not do them. */
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

  /** The upstream says what nobody can read, and a client perhaps can: the session ends. */
  void abort() {
    context.end(
        Replies.gatewayError(
            "upstream_unreadable", "The upstream sent what cannot be checked; the session ends."),
        UNREADABLE);
  }

  /** Stops a response; that it is over already is nobody's fault. */
  void cancel(String response) {
    say(event("response.cancel").put("response_id", response));
  }

  /** Takes an item out of the conversation, or the next response would still read it. */
  void delete(String item) {
    say(event("conversation.item.delete").put("item_id", item));
  }

  private void say(ObjectNode event) {
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

  /** Whether an error of the upstream's is about something that was said here, once. */
  boolean isOurs(String eventId) {
    return own.remove(eventId);
  }
}
