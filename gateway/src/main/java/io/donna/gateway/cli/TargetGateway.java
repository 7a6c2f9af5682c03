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
 * The gateway that a command talks to: the named one, else the one that {@code donna dev} runs in
 * this directory, else the one that the settings describe.
 *
 * @param url of its endpoint {@code /realtime}
 * @param authority to trust for TLS instead of the platform's
 * @param secret signs tokens for it
 */
record TargetGateway(String url, Optional<Path> authority, Optional<Secret> secret) {
  private static final String ANY_ADDRESS = "0.0.0.0";
  private static final Set<String> ANY_ADDRESSES = Set.of(ANY_ADDRESS, "::", "[::]");
  private static final String USER = "talk";

  /** The default gateway, if none is named. */
  static TargetGateway find(Environment environment) throws IOException, InvalidSettings {
    Optional<DevelopmentState.Running> running = DevelopmentState.running();
    if (running.isPresent()) {
      DevelopmentState.Running gateway = running.get();
      return new TargetGateway(
          gateway.url(),
          gateway.authority(),
          gateway.ownSecret() ? DevelopmentState.existingSecret() : Settings.secretOf(environment));
    }
    String scheme = environment.has("TLS_CERT_FILE") ? "wss" : "ws";
    String host = reachable(environment.value("HOST").orElse(ANY_ADDRESS));
    String port = environment.value("PORT").orElse(Integer.toString(Settings.USUAL_PORT));
    return new TargetGateway(
        webSocket(scheme, host, port), Optional.empty(), Settings.secretOf(environment));
  }

  /** The gateway at {@code url}, without known authority or secret. */
  static TargetGateway at(String url) {
    return new TargetGateway(url, Optional.empty(), Optional.empty());
  }

  /**
   * The address at which a client on this machine reaches a server that listens on {@code host}.
   */
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

  /** The signing secret: the first of {@code JWT_SECRET}, else the secret of {@code donna dev}. */
  static Optional<Secret> secretOf(Environment environment) throws IOException, InvalidSettings {
    Optional<Secret> own = Settings.secretOf(environment);
    return own.isPresent() ? own : DevelopmentState.existingSecret();
  }

  /** A token valid for one hour, if there is a secret to sign it. */
  Optional<String> token() {
    return secret.map(
        key -> new TokenMint(key, Clock.systemUTC()).mint(USER, Duration.ofHours(1), Map.of()));
  }
}
