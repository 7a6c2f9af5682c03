package io.donna.gateway.config;

/** Which event shapes are spoken on either side of the gateway. */
public record DialectSettings(Client client, Upstream upstream) {
  /** How a client's are known. */
  public enum Client {
    /** By its request's header or subprotocol, and on {@code /realtime} by what it says. */
    AUTO,
    GA,
    BETA
  }

  /** What the upstream's are: today's, or the retired beta's. */
  public enum Upstream {
    GA,
    BETA
  }
}
