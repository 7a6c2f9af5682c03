package io.donna.gateway.upstream;

import io.donna.gateway.audit.FaultWords;
import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.UpstreamSettings;
import io.donna.gateway.config.UpstreamSettings.Kind;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One of the upstream servers: its requests, its keys and its recent failures. Safe from any
 * thread.
 */
final class UpstreamServer {
  /** What a path begins with that replaces the last part of the configured one. */
  private static final String REPLACING = "/..";

  private static final String USER_AGENT = "donna-gateway";

  private final UpstreamSettings settings;
  private final Optional<CompletableFuture<SslContext>> tls;
  private final boolean freshMasks;
  private final Redaction redaction;
  private final ApiKeys keys;
  private final CircuitBreaker breaker = new CircuitBreaker(System::nanoTime);
  private final PerModelCache<CircuitBreaker> breakers = new PerModelCache<>();

  /**
   * A server as configured.
   *
   * @param tls the TLS context; empty for plain connections
   * @param redaction removes its keys from log lines
   */
  UpstreamServer(
      UpstreamSettings settings, Optional<CompletableFuture<SslContext>> tls, Redaction redaction) {
    this.redaction = redaction;
    this.settings = settings;
    this.keys = new ApiKeys(settings.keys(), System::nanoTime);
    this.tls = tls;
    this.freshMasks = tls.isEmpty() && !isLoopback(settings.host());
  }

  UpstreamSettings settings() {
    return settings;
  }

  /** Describes a fault for the log, with the upstream's text redacted and escaped. */
  String describe(Throwable fault) {
    return ForeignText.of(redaction.cutForeign(FaultWords.of(fault)));
  }

  ApiKeys keys() {
    return keys;
  }

  /** The model to request for a client's {@code target}. */
  String modelFor(Target target) {
    return settings.modelFor(target.model());
  }

  /** Whether the client may use the model that would be requested. */
  boolean isAllowed(Target target) {
    return target.allowed().test(modelFor(target));
  }

  /** Whether the model that the client named would be requested. */
  boolean takesModelOf(Target target) {
    return target.model().isPresent() && !settings.modelFixed();
  }

  /**
   * The model to which failures are attributed: {@link ApiKeys#OWN_MODEL}, or a model that the
   * client chose, which is blamed until the server fails with its own model.
   */
  String blameFor(Target target) {
    String model = modelFor(target);
    return model.equals(settings.model()) ? ApiKeys.OWN_MODEL : model;
  }

  /** Whether to try it in its turn: neither its breaker is open nor are all its keys suspended. */
  boolean admits(Target target) {
    String blame = blameFor(target);
    return keys.hasRested(blame)
        && breakers.find(blame).map(CircuitBreaker::admits).orElse(true)
        && breaker.admits();
  }

  /** Whether neither its breaker is open nor all its keys rest, for its own model. */
  boolean isUp() {
    return !breaker.isOpen() && keys.hasRested(ApiKeys.OWN_MODEL);
  }

  void succeeded(Target target) {
    breaker.succeeded();
    breakers.find(blameFor(target)).ifPresent(CircuitBreaker::succeeded);
  }

  /** Counts a failure; true if it opens the breaker. */
  boolean failed(String blame) {
    return blame.equals(ApiKeys.OWN_MODEL)
        ? breaker.failed()
        : breakers.begin(blame, () -> new CircuitBreaker(System::nanoTime)).failed();
  }

  /**
   * The TLS context; blocks until it is ready.
   *
   * @throws CompletionException if it could not be prepared
   */
  Optional<SslContext> tls() {
    return tls.map(CompletableFuture::join);
  }

  /**
   * Whether frames to it need fresh masks: if neither TLS encrypts the connection nor the server is
   * on this machine (RFC 6455, 10.3).
   */
  boolean needsFreshMasks() {
    return freshMasks;
  }

  /**
   * The upgrade request.
   *
   * @param safetyIdentifier identifies the user, if there is one; sent to OpenAI only
   * @throws IOException if the key's file contains none
   */
  FullHttpRequest request(Target target, ApiKeys.Key key, Optional<String> safetyIdentifier)
      throws IOException {
    FullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.GET, requestTarget(target), Unpooled.EMPTY_BUFFER);
    request
        .headers()
        .set(HttpHeaderNames.HOST, host())
        .set(HttpHeaderNames.UPGRADE, "websocket")
        .set(HttpHeaderNames.CONNECTION, "Upgrade")
        .set(HttpHeaderNames.USER_AGENT, USER_AGENT);
    Optional<String> credential = key.value();
    credential.ifPresent(value -> request.headers().set(keys.header(), value));
    if (settings.keys().file().isPresent()) {
      credential.ifPresent(redaction::add);
    }
    if (settings.kind() == Kind.OPENAI) {
      safetyIdentifier.ifPresent(id -> request.headers().set("OpenAI-Safety-Identifier", id));
    }
    return request;
  }

  private String requestTarget(Target target) {
    URI url = settings.url();
    String configured = pathOf(url.getRawPath(), target.path());
    String path = configured.isEmpty() ? "/" : configured;
    String own =
        target.isSilent()
            ? ""
            : target
                .intent()
                .map(intent -> "intent=" + intent)
                .orElseGet(
                    () -> "model=" + URLEncoder.encode(modelFor(target), StandardCharsets.UTF_8));
    String query =
        Stream.of(Objects.requireNonNullElse(url.getRawQuery(), ""), own)
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining("&"));
    return query.isEmpty() ? path : path + "?" + query;
  }

  private static String pathOf(String configured, String asked) {
    return asked.startsWith(REPLACING)
        ? configured.substring(0, Math.max(0, configured.lastIndexOf('/')))
            + asked.substring(REPLACING.length())
        : configured + asked;
  }

  private String host() {
    URI url = settings.url();
    return url.getPort() < 0 ? url.getHost() : url.getHost() + ":" + url.getPort();
  }

  private static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || (NetUtil.isValidIpV4Address(host) && host.startsWith("127."))
        || host.equals("::1");
  }
}
