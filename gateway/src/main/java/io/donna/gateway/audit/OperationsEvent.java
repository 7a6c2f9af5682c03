package io.donna.gateway.audit;

/**
 * What the gateway reports of itself for its operators. No event has anything of a client or a user
 * in it. Component names are the log's keys, in this order.
 */
public sealed interface OperationsEvent {
  /** The event's name in the log. */
  default String event() {
    return switch (this) {
      case Heartbeat _ -> "HEARTBEAT";
    };
  }

  /**
   * The state of the gateway; its absence says that the gateway is gone.
   *
   * @param sessions live, including those that wait for the usage of an ended client
   * @param connections open WebSockets of clients
   * @param upstreamConnections open connections to upstreams
   * @param refusals requests and connections refused since the last heartbeat
   * @param upstreamsDown servers that have failed, or have no usable key
   * @param heldBytes held for peers, of at most {@code heldBytesLimit}
   * @param eventLoopLagMs the longest that a task waited for its event loop since the last one
   * @param logLinesLost since the last heartbeat
   */
  record Heartbeat(
      long uptimeSeconds,
      int sessions,
      int connections,
      int upstreamConnections,
      long refusals,
      int upstreamsUp,
      int upstreamsDown,
      long heldBytes,
      long heldBytesLimit,
      long eventLoopLagMs,
      long logLinesLost)
      implements OperationsEvent {}
}
