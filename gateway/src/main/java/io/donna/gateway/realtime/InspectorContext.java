package io.donna.gateway.realtime;

/**
 * One inspector's place between client and upstream: where messages go on from it. An {@link Event}
 * that came over the wire can be passed on during the call that brought it, and no later. Confined
 * to the session's event loop.
 */
public interface InspectorContext extends Endable {
  /** Passes a message on in the direction of the upstream. */
  void toUpstream(Event event);

  /** Says something of our own in the direction of the upstream. */
  default void toUpstream(String text) {
    toUpstream(Event.of(text));
  }

  /** Passes a message on in the direction of the client. */
  void toClient(Event event);

  /** Says something of our own in the direction of the client. */
  default void toClient(String text) {
    toClient(Event.of(text));
  }

  /**
   * Tells the client, by an {@code error} event that names the offender's {@code event_id}, that a
   * message of its own was not let through. A client that is refused again and again is closed with
   * 1008.
   */
  void refuse(Event offender, String code, String message);

  /** The upstream that was kept when its client went is not needed any more. */
  void release();
}
