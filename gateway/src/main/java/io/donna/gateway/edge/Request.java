package io.donna.gateway.edge;

import io.donna.gateway.admission.Gate;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An HTTP request for the routes.
 *
 * @param overTls whether it arrived over TLS
 * @param body empty if the route takes none
 */
public record Request(
    HttpRequest http, RequestTarget target, InetAddress peer, boolean overTls, ByteBuffer body) {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:\\[\\]-]{1,255}");

  public static Request of(HttpRequest http, ByteBuffer body, Channel channel) {
    return new Request(
        http,
        RequestTarget.of(http.uri()),
        ProxyProtocolHandler.peer(channel),
        channel.pipeline().get(SslHandler.class) != null,
        body);
  }

  /** The requested path, without the query. */
  static String path(HttpRequest http) {
    return RequestTarget.of(http.uri()).path();
  }

  public String path() {
    return target.path();
  }

  public HttpHeaders headers() {
    return http.headers();
  }

  public HttpMethod method() {
    return http.method();
  }

  public Optional<String> origin() {
    return Optional.ofNullable(headers().get(HttpHeaderNames.ORIGIN));
  }

  /** Violations of HTTP that the codec does not check (RFC 9112, 3.2; RFC 6454, 7.2). */
  public Optional<String> fault() {
    List<String> hosts = headers().getAll(HttpHeaderNames.HOST);
    boolean needsHost = http.protocolVersion().equals(HttpVersion.HTTP_1_1);
    if (hosts.size() > 1
        || (hosts.isEmpty() && needsHost)
        || !hosts.stream().allMatch(Request::isHost)) {
      return Optional.of("A request must have exactly one valid Host header");
    }
    // A proxy in front may use either host, so they must not differ.
    if (target.host().isPresent()
        && !(isHost(target.host().get())
            && hosts.stream().allMatch(target.host().get()::equalsIgnoreCase))) {
      return Optional.of("A host in the request target must match the Host header");
    }
    return headers().getAll(HttpHeaderNames.ORIGIN).size() > 1
        ? Optional.of("A request must have at most one Origin header")
        : Optional.empty();
  }

  private static boolean isHost(String value) {
    return HOST.matcher(value).matches();
  }

  boolean wantsUpgrade() {
    return headers().containsValue(HttpHeaderNames.UPGRADE, "websocket", true);
  }

  public Gate.Question question() {
    return new Gate.Question(
        peer,
        headers().getAll("X-Forwarded-For"),
        headers().getAll("Forwarded"),
        origin(),
        host(),
        path());
  }

  /** A query parameter's first value; empty if it is missing, blank or not decodable. */
  Optional<String> parameter(String name) {
    return parameters(name).stream().findFirst().filter(value -> !value.isBlank());
  }

  /** All values of a query parameter; none if the query is not decodable. */
  List<String> parameters(String name) {
    try {
      return new QueryStringDecoder(target.origin()).parameters().getOrDefault(name, List.of());
    } catch (IllegalArgumentException notDecodable) {
      return List.of();
    }
  }

  /** The names of the query's parameters; an undecodable name is returned as received. */
  List<String> parameterNames() {
    int query = target.origin().indexOf('?');
    return query < 0
        ? List.of()
        : Arrays.stream(target.origin().substring(query + 1).split("[&;]"))
            .map(pair -> decoded(pair.split("=", 2)[0]))
            .toList();
  }

  private static String decoded(String name) {
    try {
      return QueryStringDecoder.decodeComponent(name);
    } catch (IllegalArgumentException notDecodable) {
      return name;
    }
  }

  /** The subprotocols that the client offers, in its order (RFC 6455, 4.1). */
  List<String> subprotocols() {
    return headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL).stream()
        .flatMap(value -> Arrays.stream(value.split(",")))
        .map(String::strip)
        .filter(protocol -> !protocol.isEmpty())
        .toList();
  }

  /** Whether it requests the retired beta of the protocol, as old SDKs do. */
  boolean speaksBeta() {
    return headers().containsValue("OpenAI-Beta", "realtime=v1", true)
        || subprotocols().contains("openai-beta.realtime-v1");
  }

  /** The requested host, if it is safe to repeat in an answer. */
  public Optional<String> host() {
    return target
        .host()
        .or(() -> Optional.ofNullable(headers().get(HttpHeaderNames.HOST)))
        .filter(Request::isHost);
  }
}
