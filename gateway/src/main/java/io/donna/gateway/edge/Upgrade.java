package io.donna.gateway.edge;

import io.donna.gateway.admission.AdmissionDecision;
import io.donna.gateway.admission.AdmissionDecision.Decided;
import io.donna.gateway.admission.AdmissionDecision.Granted;
import io.donna.gateway.admission.AdmissionDecision.Refused;
import io.donna.gateway.admission.AdmissionRefusal;
import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.admission.Gate;
import io.donna.gateway.admission.Lease;
import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.auth.ClientSecrets;
import io.donna.gateway.dialect.Dialect;
import io.donna.gateway.edge.TokenExtractor.Finding;
import io.donna.gateway.protocol.Protocol;
import io.donna.gateway.session.RefusedApi;
import io.donna.gateway.session.Services;
import io.donna.gateway.session.Session;
import io.donna.gateway.session.SessionRegistry;
import io.donna.gateway.telemetry.SessionMetrics;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Handshake;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.net.Inet6Address;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Upgrades a request to a WebSocket session (RFC 6455, 4.2), or refuses it. */
final class Upgrade {
  private static final String SUBPROTOCOL = "realtime";

  /** The API's parameter for SIP and WebRTC calls. */
  private static final String CALL_ID = "call_id";

  private final HttpEndpoints routes;
  private final Gate gate;
  private final Services services;
  private final TokenExtractor credentials;
  private final SessionRegistry sessions;

  /**
   * Serves all upgrades of a gateway.
   *
   * @param sessions to which each session is added
   */
  Upgrade(
      HttpEndpoints routes,
      Gate gate,
      Services services,
      TokenExtractor credentials,
      SessionRegistry sessions) {
    this.routes = routes;
    this.gate = gate;
    this.services = services;
    this.credentials = credentials;
    this.sessions = sessions;
  }

  /** Whether a WebSocket may be opened by {@code request}. */
  AdmissionDecision admit(Request request) {
    return gate.admitConnection(request.question());
  }

  /** Answers 101 and starts the session, or returns the refusal. */
  Optional<HttpAnswer> attempt(
      ChannelHandlerContext context,
      Request request,
      WebSocketEndpoint endpoint,
      Decided admission) {
    return switch (admission instanceof Granted granted ? gate.confirm(granted) : admission) {
      case Refused(ClientAddress client, AdmissionRefusal why) -> Optional.of(routes.refusal(why));
      case Granted(ClientAddress client, var rateLimit, Lease lease) -> {
        Optional<HttpAnswer> fault = handshakeFault(request).or(() -> notServed(request, endpoint));
        if (fault.isEmpty()) {
          fault = accept(context, request, endpoint, client, lease);
        }
        if (fault.isPresent()) {
          lease.release();
        }
        yield fault;
      }
    };
  }

  private Optional<HttpAnswer> accept(
      ChannelHandlerContext context,
      Request request,
      WebSocketEndpoint endpoint,
      ClientAddress client,
      Lease lease) {
    Finding finding =
        switch (endpoint.credential()) {
          case FIRST_MESSAGE -> credentials.ofBrowser(request);
          case REQUEST -> credentials.ofSdk(request);
        };
    return switch (finding) {
      case Finding.Refused(String why, String error) -> {
        services
            .log()
            .record(
                new SecurityEvent.AuthFailedInvalidToken(client.masked(), Optional.empty(), error));
        yield Optional.of(HttpAnswer.error(HttpResponseStatus.BAD_REQUEST, why));
      }
      case Finding.Token(String token) -> {
        begin(context, request, endpoint, client, lease, Optional.of(token));
        yield Optional.empty();
      }
      case Finding.None() -> {
        begin(context, request, endpoint, client, lease, Optional.empty());
        yield Optional.empty();
      }
    };
  }

  /**
   * A request for another kind of session, or for an existing one, must not get a new session of
   * the usual kind instead.
   */
  private Optional<HttpAnswer> notServed(Request request, WebSocketEndpoint endpoint) {
    if (endpoint.credential() == WebSocketEndpoint.Credential.FIRST_MESSAGE) {
      return Optional.empty(); // the gateway's own path, which forwards no parameter of the API
    }
    List<String> names = request.parameterNames();
    if (names.contains(CALL_ID)) {
      return Optional.of(unsupported(CALL_ID));
    }
    if (endpoint.only().isPresent()) {
      Protocol only = endpoint.only().get();
      return names.contains(WebSocketEndpoint.INTENT)
          ? Optional.of(unsupported(WebSocketEndpoint.INTENT))
          : unlessServed(only).or(() -> modelInRequest(names, endpoint, only));
    }
    if (!names.contains(WebSocketEndpoint.INTENT)) {
      return wantsRealtime(request) ? unlessServed(Protocol.REALTIME) : Optional.empty();
    }
    // Exactly one, or its first reader and its last could take it for different sessions.
    List<String> intents = request.parameters(WebSocketEndpoint.INTENT);
    Optional<Protocol> protocol =
        intents.size() == 1 ? endpoint.protocol(request) : Optional.empty();
    if (protocol.isEmpty() || protocol.get().intent().isEmpty()) {
      return Optional.of(unsupported(WebSocketEndpoint.INTENT));
    }
    Optional<HttpAnswer> unserved = unlessServed(protocol.get());
    return unserved.or(() -> modelInRequest(names, endpoint, protocol.get()));
  }

  private static Optional<HttpAnswer> modelInRequest(
      List<String> names, WebSocketEndpoint endpoint, Protocol protocol) {
    if (protocol.modelEvent().isEmpty() || !names.contains(endpoint.modelParameter())) {
      return Optional.empty();
    }
    RefusedApi why = RefusedApi.modelInRequest(protocol);
    return Optional.of(
        HttpAnswer.ofApi(
            HttpResponseStatus.BAD_REQUEST,
            Optional.of(why.code()),
            why.message(),
            Optional.of(endpoint.modelParameter())));
  }

  /** Whether a request without an intent is for Realtime: a client secret may be for another. */
  private boolean wantsRealtime(Request request) {
    return !(credentials.ofSdk(request) instanceof Finding.Token(String token)
        && token.startsWith(ClientSecrets.PREFIX));
  }

  private Optional<HttpAnswer> unlessServed(Protocol protocol) {
    if (services.apis().contains(protocol.api())) {
      return Optional.empty();
    }
    RefusedApi why = RefusedApi.notServed(protocol.api());
    return Optional.of(
        HttpAnswer.ofApi(
            HttpResponseStatus.NOT_FOUND,
            Optional.of(why.code()),
            why.message(),
            Optional.empty()));
  }

  private static HttpAnswer unsupported(String parameter) {
    return HttpAnswer.ofApi(
        HttpResponseStatus.BAD_REQUEST,
        Optional.of("unsupported_parameter"),
        "This gateway does not serve this '%s' on this path.".formatted(parameter),
        Optional.of(parameter));
  }

  private static Optional<HttpAnswer> handshakeFault(Request request) {
    HttpHeaders headers = request.headers();
    boolean before11 = request.http().protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0;
    if (before11 || !Handshake.VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
      return Optional.of(
          HttpAnswer.error(
                  HttpResponseStatus.UPGRADE_REQUIRED,
                  "WebSocket version 13 over HTTP/1.1 is required")
              .with("Sec-WebSocket-Version", Handshake.VERSION)
              .with("Upgrade", "websocket")
              .with("Connection", "Upgrade"));
    }
    boolean oneKey = headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY).size() == 1;
    if (!oneKey || !Handshake.isKey(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY, ""))) {
      return Optional.of(
          HttpAnswer.error(
              HttpResponseStatus.BAD_REQUEST, "Sec-WebSocket-Key must be the base64 of 16 bytes"));
    }
    return headers.containsValue(HttpHeaderNames.CONNECTION, "upgrade", true)
        ? Optional.empty()
        : Optional.of(
            HttpAnswer.error(HttpResponseStatus.BAD_REQUEST, "Connection must contain Upgrade"));
  }

  private void begin(
      ChannelHandlerContext context,
      Request request,
      WebSocketEndpoint endpoint,
      ClientAddress client,
      Lease lease,
      Optional<String> token) {
    Channel channel = context.channel();
    MaskedAddress ip = client.masked();
    Session session =
        new Session(
            channel,
            services,
            endpoint.path(),
            endpoint.mode(),
            client,
            endpoint.protocol(request),
            endpoint.target(request),
            request.speaksBeta() ? Dialect.BETA : Dialect.GA,
            request.headers().getAll("traceparent"));
    sessions.add(session);
    session.whenWelcome(lease::confirm);
    lease.whenEvicted(() -> channel.eventLoop().execute(session::makeRoom));
    SessionMetrics metrics = services.telemetry().sessions();
    boolean isIpv6 = client.address() instanceof Inet6Address;
    metrics.connected(isIpv6);
    long begun = System.nanoTime();
    session.record(new SecurityEvent.ConnectionEstablished(ip, gate.connections().total()));
    channel
        .closeFuture()
        .addListener(closed -> {
          lease.release();
          CloseReason reason = session.client().closeReason();
          metrics.disconnected(isIpv6);
          metrics.ended(
              reason.code(),
              session.client().isClosedByPeer(),
              Duration.ofNanos(System.nanoTime() - begun));
          int remaining = gate.connections().total();
          session.whenSettled(usage -> {
            sessions.remove(session);
            session.record(
                new SecurityEvent.ConnectionClosed(
                    ip, reason.code(), reason.text(), remaining, usage));
          });
        });
    // Remove the encoder first, as the session may write at once, and the decoder last, as its
    // removal passes the bytes after the request on to the session.
    context.pipeline().remove(PreUpgradeMemoryHandler.class);
    context.pipeline().remove(HttpResponseEncoder.class);
    channel.writeAndFlush(ByteBufUtil.writeAscii(channel.alloc(), switchingProtocols(request)));
    context.pipeline().addLast(session.client());
    context.pipeline().remove(HttpHandler.class);
    session.begin(token);
    if (endpoint.credential() == WebSocketEndpoint.Credential.FIRST_MESSAGE
        && token.isEmpty()
        && credentials.ofSdk(request) instanceof Finding.Token(String key)) {
      session.greetSdk(key);
    }
    context.pipeline().remove(RequestDecoder.class);
  }

  private static String switchingProtocols(Request request) {
    String key = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    // Only this one, and only if it was offered: others may carry the credential.
    String subprotocol =
        request.subprotocols().contains(SUBPROTOCOL)
            ? "Sec-WebSocket-Protocol: " + SUBPROTOCOL + "\r\n"
            : "";
    return "HTTP/1.1 101 Switching Protocols\r\n"
        + "Upgrade: websocket\r\n"
        + "Connection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: "
        + Handshake.accept(key)
        + "\r\n"
        + subprotocol
        + "\r\n";
  }
}
