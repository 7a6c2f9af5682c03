package io.donna.gateway.config;

import java.time.Duration;

/**
 * How long peers are waited for.
 *
 * @param request from the connection, or the answer before, to the last byte of an HTTP request
 * @param keepAlive how long a peer may say nothing at all, not even a pong
 * @param stall how long a peer may leave a message unfinished, or what waits for it untaken
 */
public record Patience(Duration request, Duration keepAlive, Duration stall) {}
