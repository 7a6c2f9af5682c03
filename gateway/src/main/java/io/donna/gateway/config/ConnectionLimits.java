package io.donna.gateway.config;

/** The most WebSockets at once, of one address and in all. */
public record ConnectionLimits(int perAddress, int total) {
  /** The same, and no more than {@code most} in all. */
  public ConnectionLimits within(int most) {
    return new ConnectionLimits(perAddress, Math.min(total, most));
  }
}
