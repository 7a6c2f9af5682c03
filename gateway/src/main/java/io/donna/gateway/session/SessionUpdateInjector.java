package io.donna.gateway.session;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventId;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.SessionUpdate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Configures a session before its client sees it. Sends the update first; the client receives one
 * {@code session.created} with the configured session, but neither the original one nor the echo of
 * an update that it never sent. Stands next to the client in the chain, so that other inspectors
 * treat the update as the client's own. Confined to the session's event loop.
 */
final class SessionUpdateInjector implements Inspector {
  private final String eventId = EventId.next();
  private final String update;
  private @Nullable Event created;

  /** The refusal by the upstream or by an inspector, which may precede the session's creation. */
  private @Nullable Event refusal;

  private boolean done;

  /**
   * @param session the session configuration
   */
  SessionUpdateInjector(ObjectNode session) {
    this.update = SessionUpdate.of(session, eventId);
  }

  @Override
  public void begin(InspectorContext context) {
    context.toUpstream(update);
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    if (done) {
      context.toClient(event);
    } else if (event.type() == EventType.SESSION_CREATED && created == null) {
      created = event.kept();
      tellRefusal(context);
    } else if (event.type() == EventType.SESSION_UPDATED) {
      done = true;
      event.rename(EventType.SESSION_CREATED);
      context.toClient(event);
    } else if (event.type() == EventType.ERROR && isAnswerToUs(event)) {
      refusal = event.kept();
      tellRefusal(context);
    } else {
      context.toClient(event);
    }
  }

  /** Shows the client the unchanged session, then the refusal. */
  private void tellRefusal(InspectorContext context) {
    if (created != null && refusal != null) {
      done = true;
      context.toClient(created);
      context.toClient(refusal);
    }
  }

  private boolean isAnswerToUs(Event error) {
    return error
        .tree()
        .filter(tree -> tree.path("error").path("event_id").asString("").equals(eventId))
        .isPresent();
  }
}
