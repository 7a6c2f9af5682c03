package io.donna.gateway.cli.talk;

import io.donna.gateway.audit.FaultWords;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.net.http.WebSocketHandshakeException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Describes a failure in a sentence that also says what to try. */
final class Diagnosis {
  static final String TOKEN_WANTED =
      "this gateway requires a token: pass --token (./donna token --sub me mints one)";

  static final String UPSTREAM_GONE =
      "the gateway's upstream closed the session: run ./donna check to test it";

  /** The longest quotation of a server, in characters. */
  private static final int LONGEST_QUOTE = 300;

  private static final String REFUSED_TOKEN =
      "the token was rejected%s: ./donna token --sub me mints one with the local JWT_SECRET";

  private Diagnosis() {}

  /** Why the connection failed. */
  static TalkFailure unopened(Address address, Throwable fault, Duration timeout) {
    String where = address.shown();
    String sentence =
        switch (fault) {
          case WebSocketHandshakeException refused when refused.getResponse() != null ->
              status(where, refused.getResponse());
          case HttpTimeoutException _ ->
              "no answer from %s within %d s".formatted(where, timeout.toSeconds());
          case ConnectException unknown when isUnresolved(unknown) ->
              "unknown host " + address.uri().getHost();
          case ConnectException _ -> "cannot connect to " + where + ": is ./donna dev running?";
          case SSLException tls ->
              "TLS with %s failed (%s): does the server use TLS, and is its certificate trusted?"
                  .formatted(where, quote(FaultWords.of(tls)));
          default ->
              "%s does not speak WebSocket (%s): check the address"
                  .formatted(where, quote(FaultWords.of(fault)));
        };
    return new TalkFailure(sentence, fault);
  }

  private static boolean isUnresolved(Throwable fault) {
    Throwable cause = fault;
    while (cause != null && !(cause instanceof UnresolvedAddressException)) {
      cause = cause.getCause();
    }
    return cause != null;
  }

  private static String status(String where, HttpResponse<?> response) {
    String said =
        response.body() instanceof String body && !body.isBlank()
            ? "; it says: " + quote(body.strip())
            : "";
    String meaning =
        switch (response.statusCode()) {
          case 101 -> "the upgrade response violates RFC 6455";
          case 401 -> REFUSED_TOKEN.formatted("");
          case 403 ->
              "the origin is not allowed: talk sends none, so check ALLOWED_ORIGINS and the proxies"
                  + " in between";
          case 404 -> "unknown path: a gateway serves /realtime and /v1/realtime";
          case 429 ->
              "too many connections or requests from this address: try again%s"
                      .formatted(
                          response
                              .headers()
                              .firstValue("Retry-After")
                              .map(seconds -> " in " + quote(seconds) + " s")
                              .orElse(" later"))
                  + " (RATE_LIMIT_MAX_REQUESTS, MAX_CONNECTIONS_PER_IP)";
          case 503 -> "the proxy is disabled (set ENABLE_WS_PROXY=true) or full (MAX_CONNECTIONS)";
          default ->
              response
                  .headers()
                  .firstValue("Location")
                  .map(to -> "it redirects to " + quote(to))
                  .orElse("not a WebSocket response: check the address");
        };
    return "%s answers %d: %s%s".formatted(where, response.statusCode(), meaning, said);
  }

  /** An {@code error} event. */
  static String error(JsonNode event) {
    JsonNode error = event.path("error");
    String type = error.path("type").asString("error");
    String code = error.path("code").asString("");
    String message = error.path("message").asString("without a message");
    return "the server reports %s%s: %s%s"
        .formatted(
            quote(type),
            code.isEmpty() ? "" : " (" + quote(code) + ")",
            quote(message),
            advice(code));
  }

  private static String advice(String code) {
    return switch (code) {
      case "invalid_api_key" -> "; pass --token (./donna token --sub me mints one)";
      case "upstream_refused" -> "; run ./donna check on the gateway for the reason";
      case "missing_model" -> "; pass --model";
      default -> "";
    };
  }

  /** An {@code auth_error} event. */
  static String refusedToken(JsonNode event) {
    return REFUSED_TOKEN.formatted(" (" + quote(event.path("error").asString("")) + ")");
  }

  /** A response with a status other than completed. */
  static String unfinished(JsonNode response) {
    JsonNode details = response.path("status_details");
    String status = response.path("status").asString("without a status");
    String reason = details.path("reason").asString("");
    String detail = reason.isEmpty() ? "" : " (" + quote(reason) + ")";
    return details.path("error").isObject()
        ? "the answer " + quote(status) + detail + ": " + error(details)
        : "the answer ended " + quote(status) + detail;
  }

  /** The other side closed the WebSocket. */
  static String closed(int code, String reason) {
    String meaning =
        switch (code) {
          case 1000 -> "it closed during the conversation";
          case 1001, 1012 -> "it is restarting, or the session reached its time limit";
          case 1002, 1003, 1007 -> "it reports a protocol violation by the client";
          case 1006 -> "the connection was lost";
          case 1008 -> "the session violated its policy";
          case 1009 -> "a message was too large (MAX_MESSAGE_BYTES)";
          case 1011 -> "its upstream failed: run ./donna check to test it";
          case 1013 -> "it is overloaded: try again later";
          case 3000 -> REFUSED_TOKEN.formatted("");
          case 4000 -> "it refused the model or the request";
          case 4001 -> "no token arrived in time: pass --token (./donna token --sub me mints one)";
          case 4003 -> REFUSED_TOKEN.formatted("");
          case 4008 -> "the session was idle for too long or reached its time limit";
          case 4029 -> "the rate limit or the budget is exhausted: try again later";
          case 4030 -> "an operator ended the session";
          default -> "it ended the conversation";
        };
    return "the server closed the connection with %d%s: %s"
        .formatted(code, reason.isEmpty() ? "" : " \"" + quote(reason) + "\"", meaning);
  }

  static TalkFailure silent(Duration timeout, String awaited) {
    return new TalkFailure(
        "no event for %d s while waiting for %s (raise --timeout to wait longer)"
            .formatted(timeout.toSeconds(), awaited));
  }

  static TalkFailure lost(IOException fault) {
    return new TalkFailure(closed(1006, quote(fault.getMessage())), fault);
  }

  private static String quote(@Nullable String text) {
    return TerminalText.line(String.valueOf(text), LONGEST_QUOTE);
  }
}
