package io.donna.gateway.config;

import java.time.Duration;

/** At most {@code requests} of one address in a window, which its first request begins. */
public record RateLimit(int requests, Duration window) {}
