package io.donna.gateway.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An upstream server.
 *
 * @param name as in {@code UPSTREAM}: {@code openai}, {@code azure:west}
 * @param url {@code ws://} or {@code wss://}, to which {@code model=} is added
 * @param model the default model, or the only one
 * @param modelFixed whether {@code model} replaces the client's choice
 * @param caFile PEM certificates to trust instead of the platform's
 * @param connectTimeout of DNS, TCP, TLS and the 101 together
 */
public record UpstreamSettings(
    String name,
    Kind kind,
    URI url,
    UpstreamCredentials keys,
    String model,
    boolean modelFixed,
    Optional<Path> caFile,
    Duration connectTimeout) {
  /** The kinds of servers that {@code UPSTREAM} can name. */
  public enum Kind {
    OPENAI,
    AZURE,
    CUSTOM
  }

  public boolean isSecure() {
    return "wss".equalsIgnoreCase(url.getScheme());
  }

  /** The model to request when a client asks for {@code model}, or names none. */
  public String modelFor(Optional<String> model) {
    return modelFixed ? this.model : model.orElse(this.model);
  }

  /**
   * The provider by OpenTelemetry's GenAI conventions. A custom server that is not known counts as
   * OpenAI, whose protocol it speaks.
   */
  public String provider() {
    return switch (kind) {
      case OPENAI -> "openai";
      case AZURE -> "azure.ai.openai";
      case CUSTOM -> host().endsWith(".x.ai") ? "x_ai" : "openai";
    };
  }

  /** The name or address to connect to; an IPv6 address without the brackets of the URL. */
  public String host() {
    return url.getHost().replaceAll("[\\[\\]]", "");
  }

  public int port() {
    return url.getPort() >= 0 ? url.getPort() : isSecure() ? 443 : 80;
  }

  /** The same server once for each of its keys, for testing each key. */
  public List<UpstreamSettings> byKey() {
    return keys.each().stream()
        .map(one ->
            new UpstreamSettings(name, kind, url, one, model, modelFixed, caFile, connectTimeout))
        .toList();
  }
}
