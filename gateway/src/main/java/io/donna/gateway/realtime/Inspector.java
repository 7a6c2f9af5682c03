package io.donna.gateway.realtime;

/**
 * Looks at the messages between one client and one upstream and decides what becomes of each: it is
 * passed on, replaced, renamed or dropped by what is called on the {@link InspectorContext}, and
 * anything else can be said to either side, then or later. Confined to the session's event loop.
 *
 * <p>Inspectors stand in a row. What the client says meets the first one first, what the upstream
 * says the last one, and what an inspector says itself meets those that stand between it and whom
 * it talks to.
 *
 * <pre>
 *   client ──> translation of its dialect ──> policy ──> guards ──> metering ──> translation ──> upstream
 * </pre>
 *
 * <p>A message from the client is whole and valid JSON, or binary: with anything else the gateway
 * has already refused it. One from the upstream may be anything ({@link Event#fault()}).
 */
public interface Inspector {
  /**
   * The client is to be connected. What is said to the upstream now reaches it first, as soon as it
   * is open.
   */
  default void begin(InspectorContext context) {}

  /**
   * The upstream is open.
   *
   * @param model that it was really asked for, which need not be the one that the client named
   */
  default void opened(String model) {}

  /** A message of the client's; not passing it on drops it. */
  default void fromClient(Event event, InspectorContext context) {
    context.toUpstream(event);
  }

  /**
   * A message of the client's of so many bytes has gone on to the upstream, where inspectors are
   * not shown what clients say.
   */
  default void passedUnseen(int bytes) {}

  /** A message of the upstream's; not passing it on drops it. */
  default void fromUpstream(Event event, InspectorContext context) {
    context.toClient(event);
  }

  /**
   * The client is gone. Whether the upstream is to be kept for a few seconds, as it has still to
   * say something that this inspector waits for; it is closed at {@link InspectorContext#release}.
   * What is said to the client meanwhile is not heard.
   */
  default boolean keepsUpstream(InspectorContext context) {
    return false;
  }

  /** The upstream is gone, or the client. Nothing that is said now is heard. */
  default void end() {}
}
