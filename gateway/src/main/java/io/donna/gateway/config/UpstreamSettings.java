package io.donna.gateway.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The server behind the gateway.
 *
 * @param url {@code ws://} or {@code wss://}, to which {@code model=} is added
 * @param caFile PEM certificates to trust instead of the platform's
 * @param connectTimeout DNS, TCP, TLS and the 101 together
 */
public record UpstreamSettings(
    URI url,
    Optional<Secret> apiKey,
    String model,
    Optional<Path> caFile,
    Duration connectTimeout) {
  public boolean isSecure() {
    return "wss".equalsIgnoreCase(url.getScheme());
  }

  /** The name or address to connect to; of IPv6 without the brackets that a URL needs. */
  public String host() {
    return url.getHost().replaceAll("[\\[\\]]", "");
  }

  public int port() {
    return url.getPort() >= 0 ? url.getPort() : isSecure() ? 443 : 80;
  }
}
