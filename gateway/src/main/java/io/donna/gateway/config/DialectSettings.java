package io.donna.gateway.config;

/** The dialect of the Realtime API on either side of the gateway. */
public record DialectSettings(Client client, Upstream upstream) {
  /** How a client's dialect is determined. */
  public enum Client {
    /** By its request's header or subprotocol, and on {@code /realtime} by its events. */
    AUTO,
    GA,
    BETA
  }

  /** The upstream's dialect: today's, or the retired beta's. */
  public enum Upstream {
    GA,
    BETA
  }
}
