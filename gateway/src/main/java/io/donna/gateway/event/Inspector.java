package io.donna.gateway.event;

/**
 * Inspects the messages between one client and one upstream. By calls on the {@link
 * InspectorContext} it passes on, replaces, renames or drops each message, and sends events of its
 * own to either side, then or later. Confined to the session's event loop.
 *
 * <p>Inspectors form a chain. A client's message passes from the first to the last, an upstream's
 * from the last to the first. An inspector's own event passes those between it and the recipient.
 *
 * <pre>
 *   client ──> translation of its dialect ──> policy ──> guards ──> metering ──> translation ──> upstream
 * </pre>
 *
 * <p>A client's message is complete and valid JSON, or binary: the gateway has refused anything
 * else. An upstream's message may be anything ({@link Event#fault()}).
 */
public interface Inspector {
  /**
   * Called before the upstream connection opens. Events sent to the upstream now are the first that
   * it receives.
   */
  default void begin(InspectorContext context) {}

  /**
   * Called when the upstream connection is open.
   *
   * @param model the model that was actually requested, which may differ from the one that the
   *     client named
   */
  default void opened(String model) {}

  /** Called with each client message. Not passing it on drops it. */
  default void fromClient(Event event, InspectorContext context) {
    context.toUpstream(event);
  }

  /**
   * Called for a client message that was forwarded, where inspectors are not shown client messages.
   *
   * @param type as a scanner found it that does not check whether the message is JSON: good for
   *     figures, not for decisions
   * @param bytes its size
   */
  default void passedUnseen(EventType type, int bytes) {}

  /** Called with each upstream message. Not passing it on drops it. */
  default void fromUpstream(Event event, InspectorContext context) {
    context.toClient(event);
  }

  /**
   * Called when the client is gone. Returns whether to keep the upstream for a few seconds, because
   * this inspector waits for more from it; it is closed at {@link InspectorContext#release}. Events
   * sent to the client meanwhile are dropped.
   */
  default boolean keepsUpstream(InspectorContext context) {
    return false;
  }

  /** Called when the client or the upstream is gone. Events sent now are dropped. */
  default void end() {}
}
