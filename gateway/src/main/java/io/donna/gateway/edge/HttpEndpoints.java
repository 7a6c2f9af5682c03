package io.donna.gateway.edge;

import io.donna.gateway.admission.AdmissionDecision;
import io.donna.gateway.admission.AdmissionDecision.Decided;
import io.donna.gateway.admission.AdmissionDecision.Granted;
import io.donna.gateway.admission.AdmissionDecision.Refused;
import io.donna.gateway.admission.AdmissionRefusal;
import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.admission.Gate;
import io.donna.gateway.admission.RateLimitStatus;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.WatchedFiles;
import io.donna.gateway.edge.TokenExtractor.Finding;
import io.donna.gateway.protocol.Protocol;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** Answers plain HTTP requests (contract, section 1). Safe from any thread. */
final class HttpEndpoints {
  static final String SERVICE = "DONNA WebSocket Server";

  private static final String WEBSOCKET_PATH = "/realtime";
  private static final List<String> READING = List.of("GET", "HEAD", "OPTIONS");
  private static final List<String> POSTING = List.of("POST", "OPTIONS");

  private static final List<String> LIVE_SESSIONS =
      WebSocketEndpoint.TABLE.stream()
          .filter(endpoint -> endpoint.only().equals(Optional.of(Protocol.LIVE)))
          .map(WebSocketEndpoint::path)
          .toList();

  /** After this time, a retry may find a free connection. */
  private static final int RETRY_WHEN_FULL_SECONDS = 5;

  /**
   * A path and its handler.
   *
   * @param behindFlag whether it is unavailable while the proxy is disabled
   * @param limited whether it counts against the rate limit
   * @param ofPage whether it is a file of the gateway's own page: public, and asked for by browsers
   *     with the page's origin, which need not be one that may open sessions
   * @param methods the allowed methods
   */
  private record Route(
      String path,
      boolean behindFlag,
      boolean limited,
      boolean ofPage,
      List<String> methods,
      Answering answering) {}

  /** The handler of a path; {@code credential} is never {@link Finding.Refused}. */
  @FunctionalInterface
  private interface Answering {
    HttpAnswer answer(Request request, ClientAddress client, Finding credential);
  }

  private final Settings settings;
  private final Gate gate;
  private final TokenExtractor credentials;
  private final WatchedFiles watched;
  private final Clock clock;
  private final Map<String, Route> table;

  HttpEndpoints(
      Settings settings,
      Gate gate,
      TokenExtractor credentials,
      ClientSecretRoute clientSecrets,
      WatchedFiles watched,
      Clock clock) {
    this.settings = settings;
    this.gate = gate;
    this.credentials = credentials;
    this.watched = watched;
    this.clock = clock;
    this.table =
        Stream.of(
                Stream.of(
                    new Route("/", false, true, false, READING, (_, _, _) -> root()),
                    new Route("/health", false, false, false, READING, (_, _, _) -> health()),
                    new Route(
                        "/test", true, true, false, READING, (request, _, _) -> test(request))),
                ClientSecretRoute.PATHS.stream()
                    .map(
                        path -> new Route(path, true, true, false, POSTING, clientSecrets::answer)),
                settings.playground() ? playground(Playground.files(settings)) : none())
            .flatMap(rows -> rows)
            .collect(Collectors.toUnmodifiableMap(Route::path, row -> row));
  }

  private static Stream<Route> none() {
    return Stream.empty();
  }

  /**
   * The rate limit counts a visit, which is the document. It does not count the document's parts:
   * they come from memory without any work, as `/health` does, and a browser that got the page must
   * get all of it.
   */
  private static Stream<Route> playground(WebFiles files) {
    return files.paths().stream()
        .map(path ->
            new Route(
                path,
                true,
                path.equals(Playground.PATH),
                true,
                READING,
                (request, _, _) ->
                    HttpAnswer.file(
                        files.at(path).orElseThrow(),
                        request.headers().getAll(HttpHeaderNames.IF_NONE_MATCH))));
  }

  /** Whether the body of {@code request} is needed. */
  boolean takesBody(HttpRequest request) {
    return request.method().equals(HttpMethod.POST)
        && route(Request.path(request)).filter(row -> row.methods.equals(POSTING)).isPresent();
  }

  private Optional<Route> route(String path) {
    return Optional.ofNullable(table.get(path));
  }

  /** Whether {@code request} may be answered. */
  AdmissionDecision admit(Request request) {
    Optional<Route> route = route(request.path());
    return gate.admitRequest(
        isOfPage(route) ? request.question().withoutOrigin() : request.question(),
        route.map(Route::behindFlag).orElse(true),
        route.map(Route::limited).orElse(true));
  }

  private static boolean isOfPage(Optional<Route> route) {
    return route.map(Route::ofPage).orElse(false);
  }

  /** The answer to a request about which has been decided. */
  HttpAnswer answer(Request request, Decided admission) {
    Optional<Route> route = route(request.path());
    List<String> methods = route.map(Route::methods).orElse(READING);
    HttpAnswer answer =
        switch (admission) {
          case Refused(var client, AdmissionRefusal why) -> refusal(why);
          case Granted(var client, Optional<RateLimitStatus> rateLimit, var lease) ->
              withRateLimit(respond(request, client, route, methods), rateLimit);
        };
    return withTransportSecurity(
        isOfPage(route) ? answer : withCors(answer, request, admission, methods), request);
  }

  /** Adds HSTS for one year over TLS; browsers ignore it over plain HTTP. */
  HttpAnswer withTransportSecurity(HttpAnswer answer, Request request) {
    return isSecure(request)
        ? answer.with("Strict-Transport-Security", "max-age=31536000")
        : answer;
  }

  private HttpAnswer respond(
      Request request, ClientAddress client, Optional<Route> route, List<String> methods) {
    if (isOfLive(request)) {
      return HttpAnswer.ofApi(
          HttpResponseStatus.NOT_FOUND,
          Optional.of("not_offered"),
          "This gateway offers GPT-Live on the WebSocket of a session alone: no calls, attaching or"
              + " forking.",
          Optional.empty());
    }
    boolean known = route.isPresent() || WebSocketEndpoint.at(request.path()).isPresent();
    if (!known) {
      return HttpAnswer.error(HttpResponseStatus.NOT_FOUND, "Not found");
    }
    Finding credential = credentials.ofSdk(request);
    if (credential instanceof Finding.Refused(String why, String error)) {
      return HttpAnswer.error(HttpResponseStatus.BAD_REQUEST, why);
    }
    if (request.method().equals(HttpMethod.OPTIONS)) {
      return HttpAnswer.empty(HttpResponseStatus.NO_CONTENT).with("Allow", listed(methods));
    }
    if (!methods.contains(request.method().name())) {
      return HttpAnswer.error(HttpResponseStatus.METHOD_NOT_ALLOWED, "Method not allowed")
          .with("Allow", listed(methods));
    }
    return route
        .map(row -> row.answering.answer(request, client, credential))
        .orElseGet(() ->
            HttpAnswer.error(
                    HttpResponseStatus.UPGRADE_REQUIRED,
                    "This is a WebSocket endpoint: connect with ws:// or wss://")
                .with("Upgrade", "websocket")
                .with("Connection", "Upgrade"));
  }

  /**
   * Whether it is one of the API's requests for GPT-Live, other than the WebSocket of a session.
   */
  private static boolean isOfLive(Request request) {
    String path = request.path();
    boolean isSession = LIVE_SESSIONS.contains(path);
    return (isSession && request.method().equals(HttpMethod.POST))
        || LIVE_SESSIONS.stream().anyMatch(session -> path.startsWith(session + "/"));
  }

  /**
   * A refused client may retry, but must reconnect: on a persistent connection, refusals would be
   * the cheapest requests of all.
   */
  HttpAnswer refusal(AdmissionRefusal why) {
    return reason(why).last();
  }

  private HttpAnswer reason(AdmissionRefusal why) {
    return switch (why) {
      case AdmissionRefusal.Disabled() ->
          HttpAnswer.of(
              HttpResponseStatus.SERVICE_UNAVAILABLE,
              HttpAnswer.json()
                  .put("error", "WebSocket proxy service is currently disabled")
                  .put("service", SERVICE)
                  .put("timestamp", timestamp()));
      case AdmissionRefusal.AddressBlocked() ->
          HttpAnswer.error(HttpResponseStatus.FORBIDDEN, "Address blocked");
      case AdmissionRefusal.OriginNotAllowed(String origin) ->
          HttpAnswer.error(HttpResponseStatus.FORBIDDEN, "Origin not allowed");
      case AdmissionRefusal.HostNotAllowed(String host) ->
          HttpAnswer.error(HttpResponseStatus.MISDIRECTED_REQUEST, "Host not allowed");
      case AdmissionRefusal.RateExceeded(RateLimitStatus rateLimit) ->
          withRateLimit(
              HttpAnswer.of(
                      HttpResponseStatus.TOO_MANY_REQUESTS,
                      HttpAnswer.json()
                          .put("error", "Too many requests")
                          .put("retryAfter", rateLimit.resetSeconds()))
                  .with("Retry-After", rateLimit.resetSeconds()),
              Optional.of(rateLimit));
      case AdmissionRefusal.TooManyConnections(int current, int allowed) ->
          HttpAnswer.of(
              HttpResponseStatus.TOO_MANY_REQUESTS,
              HttpAnswer.json().put("error", "Too many connections").put("maxAllowed", allowed));
      case AdmissionRefusal.Full() ->
          HttpAnswer.error(
                  HttpResponseStatus.SERVICE_UNAVAILABLE, "No connection is free at the moment")
              .with("Retry-After", RETRY_WHEN_FULL_SECONDS);
    };
  }

  private static HttpAnswer withRateLimit(HttpAnswer answer, Optional<RateLimitStatus> rateLimit) {
    return rateLimit
        .map(left ->
            answer
                .with("RateLimit-Limit", left.limit())
                .with("RateLimit-Remaining", left.remaining())
                .with("RateLimit-Reset", left.resetSeconds()))
        .orElse(answer);
  }

  /**
   * Adds CORS headers: browsers let a page read an answer only if it names the origin (Fetch, 3.2).
   */
  private static HttpAnswer withCors(
      HttpAnswer answer, Request request, Decided admission, List<String> methods) {
    boolean allowed =
        !(admission instanceof Refused(var client, AdmissionRefusal why)
            && (why instanceof AdmissionRefusal.OriginNotAllowed
                || why instanceof AdmissionRefusal.HostNotAllowed));
    if (request.origin().isEmpty() || !allowed) {
      return answer;
    }
    HttpAnswer open =
        answer.with("Access-Control-Allow-Origin", request.origin().get()).with("Vary", "Origin");
    return request.method().equals(HttpMethod.OPTIONS)
        ? open.with("Access-Control-Allow-Methods", listed(methods))
            .with("Access-Control-Allow-Headers", "Authorization, Content-Type, api-key")
            .with("Access-Control-Max-Age", 600)
        : open.with(
            "Access-Control-Expose-Headers",
            "Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset");
  }

  private static String listed(List<String> methods) {
    return String.join(", ", methods);
  }

  private HttpAnswer root() {
    return HttpAnswer.ok(
        HttpAnswer.json()
            .put("status", "ok")
            .put("service", SERVICE)
            .put("message", "Connect a WebSocket to " + WEBSOCKET_PATH)
            .put("websocket_url", WEBSOCKET_PATH));
  }

  /**
   * Reports unreadable files in {@code files} for the operator; they are no reason to restart the
   * gateway, as the previous contents stay in force.
   *
   * <p>A draining gateway is healthy but must not receive new clients: 503, as load balancers
   * expect.
   */
  private HttpAnswer health() {
    boolean draining = gate.isClosing();
    ObjectNode body =
        HttpAnswer.json()
            .put("status", draining ? "draining" : "ok")
            .put("service", SERVICE)
            .put("timestamp", timestamp())
            .put("websocket_proxy", gate.isEnabled())
            .put("auth_required", settings.auth().isRequired())
            .put("rate_limiting", true)
            .put("max_connections", settings.connections().total());
    body.putObject("features")
        .put("websocket_proxy", gate.isEnabled())
        .put("origin_validation", validatesOrigins())
        .put("jwt_auth", settings.auth().isConfigured())
        .put("rate_limiting", true);
    ObjectNode files = body.putObject("files");
    watched
        .notReadSince()
        .forEach((setting, since) ->
            files.put(setting, since.map(time -> "not read since " + time).orElse("ok")));
    return draining
        ? HttpAnswer.of(HttpResponseStatus.SERVICE_UNAVAILABLE, body).last()
        : HttpAnswer.ok(body);
  }

  private HttpAnswer test(Request request) {
    String host = request.host().orElse("localhost:" + settings.port());
    ObjectNode body =
        HttpAnswer.json()
            .put("message", SERVICE + " is running!")
            .put("websocket_url", (isSecure(request) ? "wss://" : "ws://") + host + WEBSOCKET_PATH);
    body.putObject("security_enabled")
        .put("authentication", settings.auth().isRequired())
        .put("origin_validation", validatesOrigins())
        .put("rate_limiting", true);
    return HttpAnswer.ok(body);
  }

  private boolean isSecure(Request request) {
    return request.overTls()
        || (gate.trusts(request.peer())
            && "https".equalsIgnoreCase(request.headers().get("X-Forwarded-Proto")));
  }

  private boolean validatesOrigins() {
    List<String> listed = settings.origins().listed();
    return !listed.isEmpty() && !listed.contains("*");
  }

  private String timestamp() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
