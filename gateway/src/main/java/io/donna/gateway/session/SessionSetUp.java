package io.donna.gateway.session;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.InspectorContext;
import io.donna.gateway.realtime.SessionUpdate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sets a session up before its client sees it. The update goes out first; the client is shown one
 * {@code session.created}, that of the session as it became, and neither the one before nor the
 * echo of an update that it never sent. Stands next to the client, so that the others see the
 * update as if it were the client's own. Confined to the session's event loop.
 */
final class SessionSetUp implements Inspector {
  private final String eventId = EventId.next();
  private final String update;
  private @Nullable Event created;

  /** The upstream's, or of an inspector, which may come before there is a session. */
  private @Nullable Event refusal;

  private boolean done;

  /**
   * @param session what the session is to be set up with
   */
  SessionSetUp(ObjectNode session) {
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

  /** The session is as it was: the client sees it, and then why. */
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
