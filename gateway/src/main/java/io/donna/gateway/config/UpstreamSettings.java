package io.donna.gateway.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A server behind the gateway.
 *
 * @param name as {@code UPSTREAM} has it: {@code openai}, {@code azure:west}
 * @param url {@code ws://} or {@code wss://}, to which {@code model=} is added
 * @param model asked for where the client names none, or always
 * @param modelFixed whether always
 * @param caFile PEM certificates to trust instead of the platform's
 * @param connectTimeout DNS, TCP, TLS and the 101 together
 */
public record UpstreamSettings(
    String name,
    Kind kind,
    URI url,
    UpstreamKeys keys,
    String model,
    boolean modelFixed,
    Optional<Path> caFile,
    Duration connectTimeout) {
  /** What {@code UPSTREAM} can name. */
  public enum Kind {
    OPENAI,
    AZURE,
    CUSTOM
  }

  public boolean isSecure() {
    return "wss".equalsIgnoreCase(url.getScheme());
  }

  /** What it is asked for where a client asks for {@code model}, or names none. */
  public String modelFor(Optional<String> model) {
    return modelFixed ? this.model : model.orElse(this.model);
  }

  /** The name or address to connect to; of IPv6 without the brackets that a URL needs. */
  public String host() {
    return url.getHost().replaceAll("[\\[\\]]", "");
  }

  public int port() {
    return url.getPort() >= 0 ? url.getPort() : isSecure() ? 443 : 80;
  }

  /** The same server once for each of its keys, to try each. */
  public List<UpstreamSettings> byKey() {
    return keys.each().stream()
        .map(one ->
            new UpstreamSettings(name, kind, url, one, model, modelFixed, caFile, connectTimeout))
        .toList();
  }
}
