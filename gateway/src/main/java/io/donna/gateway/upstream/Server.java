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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * One of the servers behind the gateway: how it is asked, with which keys, and how it has been of
 * late. Safe from any thread.
 */
final class Server {
  private static final String USER_AGENT = "donna-gateway";

  private final UpstreamSettings settings;
  private final Optional<CompletableFuture<SslContext>> tls;
  private final boolean freshMasks;
  private final Redaction redaction;
  private final ApiKeys keys;
  private final Breaker breaker = new Breaker(System::nanoTime);
  private final PerModel<Breaker> breakers = new PerModel<>();

  /**
   * A server as the settings have it.
   *
   * @param tls what it is reached with; empty where it is reached without
   * @param redaction cuts its keys out of what is logged
   */
  Server(
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

  /** A fault in words fit for the log, whatever of an upstream's own is in them. */
  String describe(Throwable fault) {
    return ForeignText.of(redaction.cutForeign(FaultWords.of(fault)));
  }

  ApiKeys keys() {
    return keys;
  }

  /** What it is asked for where a client asks for {@code target}. */
  String modelFor(Target target) {
    return settings.modelFor(target.model());
  }

  /** Whether the client may use what it would be asked for. */
  boolean isAllowed(Target target) {
    return target.allowed().test(modelFor(target));
  }

  /** Whether it is asked for the very model that the client named. */
  boolean takesModelOf(Target target) {
    return target.model().isPresent() && !settings.modelFixed();
  }

  /**
   * What its faults are noted under: {@link ApiKeys#OWN_MODEL}, or the model where it is of the
   * client's choice, which is to blame until the server fails with its own.
   */
  String blameFor(Target target) {
    String model = modelFor(target);
    return model.equals(settings.model()) ? ApiKeys.OWN_MODEL : model;
  }

  /** Whether it is worth asking in its turn: it has not failed of late, nor have all its keys. */
  boolean admits(Target target) {
    String blame = blameFor(target);
    return keys.hasRested(blame)
        && breakers.find(blame).map(Breaker::admits).orElse(true)
        && breaker.admits();
  }

  void succeeded(Target target) {
    breaker.succeeded();
    breakers.find(blameFor(target)).ifPresent(Breaker::succeeded);
  }

  /** Counts a failure; true where it is the one that begins a rest. */
  boolean failed(String blame) {
    return blame.equals(ApiKeys.OWN_MODEL)
        ? breaker.failed()
        : breakers.begin(blame, () -> new Breaker(System::nanoTime)).failed();
  }

  /**
   * Waits for it.
   *
   * @throws CompletionException where there is none to be had
   */
  Optional<SslContext> tls() {
    return tls.map(CompletableFuture::join);
  }

  /**
   * Whether frames towards it need masks of our own: where neither TLS hides the bytes on the wire
   * nor the wire is this machine's (RFC 6455, 10.3).
   */
  boolean needsFreshMasks() {
    return freshMasks;
  }

  /**
   * The upgrade request.
   *
   * @param safetyIdentifier stands for the user, where there is one; told to OpenAI only
   * @throws IOException where the key is in a file that has none
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
    String configured = url.getRawPath() + target.path();
    String path = configured.isEmpty() ? "/" : configured;
    String query = url.getRawQuery() == null ? "" : url.getRawQuery() + "&";
    return path
        + "?"
        + query
        + "model="
        + URLEncoder.encode(modelFor(target), StandardCharsets.UTF_8);
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
