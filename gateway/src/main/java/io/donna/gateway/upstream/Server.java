package io.donna.gateway.upstream;

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
  private final ApiKeys keys;
  private final Breaker breaker = new Breaker(System::nanoTime);

  /**
   * A server as the settings have it.
   *
   * @param tls what it is reached with; empty where it is reached without
   */
  Server(UpstreamSettings settings, Optional<CompletableFuture<SslContext>> tls) {
    this.settings = settings;
    this.keys = new ApiKeys(settings.keys(), System::nanoTime);
    this.tls = tls;
    this.freshMasks = tls.isEmpty() && !isLoopback(settings.host());
  }

  UpstreamSettings settings() {
    return settings;
  }

  ApiKeys keys() {
    return keys;
  }

  Breaker breaker() {
    return breaker;
  }

  /** Whether it is worth asking in its turn: it has not failed of late, nor have all its keys. */
  boolean admits() {
    return keys.hasRested() && breaker.admits();
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
    key.value().ifPresent(value -> request.headers().set(keys.header(), value));
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
    String model =
        settings.modelFixed() ? settings.model() : target.model().orElse(settings.model());
    return path + "?" + query + "model=" + URLEncoder.encode(model, StandardCharsets.UTF_8);
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
