package io.donna.gateway.edge;

import java.time.Duration;

/**
 * The state of a gateway at one moment.
 *
 * @param sessions live, including those that wait for the usage of an ended client
 * @param connections open WebSockets of clients
 * @param upstreamConnections open connections to upstreams
 * @param refusals requests and connections refused since the start
 * @param upstreamsDown servers that have failed, or have no usable key
 * @param heldBytes held for peers, of at most {@code heldBytesLimit}
 * @param eventLoopLag the longest that a task waited for its event loop since the last status
 */
public record GatewayStatus(
    int sessions,
    int connections,
    int upstreamConnections,
    long refusals,
    int upstreamsUp,
    int upstreamsDown,
    long heldBytes,
    long heldBytesLimit,
    Duration eventLoopLag) {}
