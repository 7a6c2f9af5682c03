package io.donna.gateway.config;

import java.time.Duration;

/**
 * Timeouts for peers.
 *
 * @param request from the connection or the previous answer to the last byte of an HTTP request
 * @param keepAlive how long a peer may be silent, pongs included
 * @param stall how long a peer may leave a message unfinished or waiting data unread
 */
public record PeerTimeouts(Duration request, Duration keepAlive, Duration stall) {}
