package io.donna.gateway.protocol;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;

/**
 * Ends a session at its upstream, in the protocol's own way, when the client is gone or has been
 * told the end: asks for the end, and keeps the connection until it is confirmed, as the last usage
 * comes with it. Stands before the meter, which has read the confirmation when the connection is
 * released. Confined to the session's event loop.
 */
public final class EndingInspector implements Inspector {
  private final Ending ending;

  /** What the upstream must have been sent, or have said, before there is anything to end. */
  private final EventType beginning;

  private boolean begun;
  private boolean asked;
  private boolean confirmed;

  /** Whether nothing else is waited for, so that nothing else is for the client. */
  private boolean finishing;

  /**
   * @param beginning the event of either side with which billing may begin
   */
  public EndingInspector(Ending ending, EventType beginning) {
    this.ending = ending;
    this.beginning = beginning;
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    begun |= event.type() == beginning;
    asked |= event.type() == ending.request();
    context.toUpstream(event);
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    begun |= event.type() == beginning;
    boolean confirms = event.type() == ending.confirmation();
    confirmed |= confirms;
    if (confirms || !finishing) {
      context.toClient(event);
    }
    if (confirms) {
      context.release();
    }
  }

  @Override
  public boolean keepsUpstream(InspectorContext context) {
    boolean waits = begun && !confirmed;
    finishing |= waits;
    if (waits && !asked) {
      asked = true;
      context.toUpstream("{\"type\":\"" + ending.request().wireName() + "\"}");
    }
    return waits;
  }
}
