package io.donna.gateway.cli;

import io.donna.gateway.auth.TokenMint;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The gateway that somebody in this directory means who names none: the one that {@code donna dev}
 * runs here, or else the one that the settings describe.
 *
 * @param url of its own dialogue
 * @param authority to trust for TLS in place of the platform's
 * @param secret that signs tokens for it
 */
record LocalGateway(String url, Optional<Path> authority, Optional<Secret> secret) {
  private static final String ANY_ADDRESS = "0.0.0.0";
  private static final Set<String> ANY_ADDRESSES = Set.of(ANY_ADDRESS, "::", "[::]");
  private static final String USER = "talk";

  static LocalGateway find(Environment environment) throws IOException, InvalidSettings {
    Optional<DevelopmentFolder.Running> running = DevelopmentFolder.running();
    if (running.isPresent()) {
      DevelopmentFolder.Running gateway = running.get();
      return new LocalGateway(
          gateway.url(),
          gateway.authority(),
          gateway.ownSecret()
              ? DevelopmentFolder.existingSecret()
              : Settings.secretOf(environment));
    }
    String scheme = environment.has("TLS_CERT_FILE") ? "wss" : "ws";
    String host = reachable(environment.value("HOST").orElse(ANY_ADDRESS));
    String port = environment.value("PORT").orElse("3001");
    return new LocalGateway(
        webSocket(scheme, host, port), Optional.empty(), Settings.secretOf(environment));
  }

  /** Where a client on this machine finds a server that listens on {@code host}. */
  static String reachable(String host) {
    return ANY_ADDRESSES.contains(host) ? "127.0.0.1" : host;
  }

  static String webSocket(String scheme, String host, String port) {
    return scheme
        + "://"
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + port
        + "/realtime";
  }

  /** What signs tokens here: the first of {@code JWT_SECRET}, or else that of {@code donna dev}. */
  static Optional<Secret> secretOf(Environment environment) throws IOException, InvalidSettings {
    Optional<Secret> own = Settings.secretOf(environment);
    return own.isPresent() ? own : DevelopmentFolder.existingSecret();
  }

  /** A token for an hour, where there is what signs one. */
  Optional<String> token() {
    return secret.map(
        key -> new TokenMint(key, Clock.systemUTC()).mint(USER, Duration.ofHours(1), Map.of()));
  }
}
