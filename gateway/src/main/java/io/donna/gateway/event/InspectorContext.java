package io.donna.gateway.event;

/**
 * An inspector's place in the chain, through which it sends messages on. An {@link Event} from the
 * wire can be passed on only during the call that delivered it. Confined to the session's event
 * loop.
 */
public interface InspectorContext extends Endable {
  /** Passes a message on in the direction of the upstream. */
  void toUpstream(Event event);

  /** Sends an event of the gateway's own in the direction of the upstream. */
  default void toUpstream(String text) {
    toUpstream(Event.of(text));
  }

  /** Passes a message on in the direction of the client. */
  void toClient(Event event);

  /** Sends an event of the gateway's own in the direction of the client. */
  default void toClient(String text) {
    toClient(Event.of(text));
  }

  /**
   * Tells the client that its message was refused, by an {@code error} event with the message's
   * {@code event_id}. A client that is refused too often is closed with 1008.
   */
  void refuse(Event offender, String code, String message);

  /** Closes an upstream that was kept after its client was gone. */
  void release();
}
