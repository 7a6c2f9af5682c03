package io.donna.gateway.config;

/** The most concurrent WebSockets, per address and in total. */
public record ConnectionLimits(int perAddress, int total) {
  /** The same, with a total of at most {@code most}. */
  public ConnectionLimits within(int most) {
    return new ConnectionLimits(perAddress, Math.min(total, most));
  }
}
