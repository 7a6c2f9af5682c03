package io.donna.gateway.config;

/** The most WebSockets at once, of one address and in all. */
public record ConnectionLimits(int perAddress, int total) {}
