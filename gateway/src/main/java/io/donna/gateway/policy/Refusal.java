package io.donna.gateway.policy;

/**
 * Why something is not let through.
 *
 * @param code for the client's {@code error} event
 * @param message for the client: what was wrong, and what would be right
 */
public record Refusal(String code, String message) {}
