package io.donna.gateway.upstream;

import io.donna.gateway.config.Secret;
import io.donna.gateway.config.UpstreamSettings;
import io.donna.gateway.websocket.Leg;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.NetUtil;
import java.io.File;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/** Opens upstream legs, each on the event loop of its client. Safe from any thread. */
public final class Upstreams {
  private static final String USER_AGENT = "donna-gateway";

  private final UpstreamSettings settings;
  private final ChannelFactory<? extends Channel> channels;
  private final boolean secure;
  private final CompletableFuture<Optional<SslContext>> tls;
  private final Executor blocking;
  private final boolean loopback;

  /**
   * Prepares TLS. A file that the settings name is read now; the platform's own certificates, which
   * take a fifth of the time to start, are read in the background.
   *
   * @param channels sockets of the kind that the event loops drive
   * @param blocking runs what waits, such as the platform's name resolution
   * @throws SSLException when the certificates to trust cannot be used
   */
  public Upstreams(
      UpstreamSettings settings, ChannelFactory<? extends Channel> channels, Executor blocking)
      throws SSLException {
    this.settings = settings;
    this.channels = channels;
    this.secure = settings.isSecure();
    this.tls =
        !secure
            ? CompletableFuture.completedFuture(Optional.empty())
            : settings.caFile().isPresent()
                ? CompletableFuture.completedFuture(Optional.of(tls(settings.caFile())))
                : CompletableFuture.supplyAsync(() -> Optional.of(platformTls()), blocking);
    this.blocking = blocking;
    this.loopback = isLoopback(settings.host());
  }

  /**
   * Begins to open an upstream.
   *
   * @param eventLoop the client's; everything happens on it
   * @param safetyIdentifier stands for the user, where there is one
   * @param events told of what the upstream sends, from the 101 on
   * @param done told once, unless the attempt is cancelled first
   */
  public Attempt open(
      EventLoop eventLoop,
      Target target,
      Optional<String> safetyIdentifier,
      Leg.Options options,
      Leg.Events events,
      Consumer<Outcome> done) {
    Attempt attempt =
        new Attempt(
            settings,
            channels,
            tls,
            eventLoop,
            request(target, safetyIdentifier),
            options,
            events,
            done);
    attempt.begin(blocking);
    return attempt;
  }

  /**
   * Whether frames towards the upstream need masks of our own: where neither TLS hides the bytes on
   * the wire nor the wire is this machine's (RFC 6455, 10.3).
   */
  public boolean needsFreshMasks() {
    return !secure && !loopback;
  }

  private FullHttpRequest request(Target target, Optional<String> safetyIdentifier) {
    FullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.GET, requestTarget(target), Unpooled.EMPTY_BUFFER);
    request
        .headers()
        .set(HttpHeaderNames.HOST, host())
        .set(HttpHeaderNames.UPGRADE, "websocket")
        .set(HttpHeaderNames.CONNECTION, "Upgrade")
        .set(HttpHeaderNames.USER_AGENT, USER_AGENT);
    settings
        .apiKey()
        .map(Secret::value)
        .ifPresent(key -> request.headers().set(HttpHeaderNames.AUTHORIZATION, "Bearer " + key));
    safetyIdentifier.ifPresent(id -> request.headers().set("OpenAI-Safety-Identifier", id));
    return request;
  }

  private String requestTarget(Target target) {
    URI url = settings.url();
    String configured = url.getRawPath() + target.path();
    String path = configured.isEmpty() ? "/" : configured;
    String query = url.getRawQuery() == null ? "" : url.getRawQuery() + "&";
    String model = target.model().orElse(settings.model());
    return path + "?" + query + "model=" + URLEncoder.encode(model, StandardCharsets.UTF_8);
  }

  private String host() {
    URI url = settings.url();
    return url.getPort() < 0 ? url.getHost() : url.getHost() + ":" + url.getPort();
  }

  private static SslContext platformTls() {
    try {
      return tls(Optional.empty());
    } catch (SSLException e) {
      throw new IllegalStateException("the platform's certificates cannot be used", e);
    }
  }

  private static SslContext tls(Optional<Path> caFile) throws SSLException {
    // BoringSSL where it is there; TLS 1.2 and 1.3, host names verified: Netty's defaults.
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
            .endpointIdentificationAlgorithm("HTTPS");
    Optional<File> trusted = caFile.map(Path::toFile);
    if (trusted.isPresent()) {
      try {
        builder.trustManager(trusted.get());
      } catch (IllegalArgumentException notCertificates) {
        throw new SSLException("UPSTREAM_CA_FILE has no usable PEM certificate", notCertificates);
      }
    }
    return builder.build();
  }

  private static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || (NetUtil.isValidIpV4Address(host) && host.startsWith("127."))
        || host.equals("::1");
  }
}
