package io.donna.gateway.edge;

import io.donna.gateway.config.CredentialSettings;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the token in a request. Reads every place that may carry one, and refuses a request with
 * two different tokens: nothing may depend on which one was read, here or by a proxy.
 */
final class TokenExtractor {
  /** The result of the search. */
  sealed interface Finding {
    record None() implements Finding {}

    /** The token without its prefix {@code ek_}. */
    record Token(String token) implements Finding {}

    /** {@code why} is for the client, {@code error} for the log. */
    record Refused(String why, String error) implements Finding {}
  }

  /** The prefix of the subprotocol that carries a key, as browsers cannot set headers. */
  private static final String KEY_PROTOCOL = "openai-insecure-api-key.";

  private static final String BEARER = "Bearer ";

  /** The prefix that makes SDKs in browsers accept a token as an ephemeral key. */
  private static final String EPHEMERAL = "ek_";

  /**
   * Query parameters that are refused: everything that a URL passes logs, stores and forwards it.
   */
  private static final Set<String> NOT_IN_A_QUERY =
      Set.of("token", "access_token", "api_key", "api-key", "client_secret");

  private final CredentialSettings settings;

  TokenExtractor(CredentialSettings settings) {
    this.settings = settings;
  }

  /** Searches the headers where official SDKs send their API key, and the configured places. */
  Finding ofSdk(Request request) {
    List<String> found = new ArrayList<>(ofPage(request));
    for (String value : request.headers().getAll(HttpHeaderNames.AUTHORIZATION)) {
      if (value.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
        found.add(value.substring(BEARER.length()).strip());
      }
    }
    for (String value : request.headers().getAll("api-key")) {
      found.add(value.strip());
    }
    for (String protocol : request.subprotocols()) {
      if (protocol.startsWith(KEY_PROTOCOL)) {
        found.add(protocol.substring(KEY_PROTOCOL.length()));
      }
    }
    return judge(request, found);
  }

  /** Searches only the configured places, for browsers. */
  Finding ofBrowser(Request request) {
    return judge(request, ofPage(request));
  }

  private List<String> ofPage(Request request) {
    List<String> found = new ArrayList<>();
    settings.queryParameter().ifPresent(name -> found.addAll(request.parameters(name)));
    settings.cookie().ifPresent(name -> found.addAll(cookies(request, name)));
    return found;
  }

  /**
   * Browsers send cookies with requests from any page, so a cookie counts only with an {@code
   * Origin} other than {@code null}, which {@code Gate} has found in the list.
   */
  private static List<String> cookies(Request request, String name) {
    if (request.origin().filter(origin -> !origin.equals("null")).isEmpty()) {
      return List.of();
    }
    return request.headers().getAll(HttpHeaderNames.COOKIE).stream()
        .flatMap(header -> ServerCookieDecoder.STRICT.decodeAll(header).stream())
        .filter(cookie -> cookie.name().equals(name))
        .map(Cookie::value)
        .toList();
  }

  private Finding judge(Request request, List<String> found) {
    Optional<String> misplaced = misplaced(request);
    if (misplaced.isPresent()) {
      return new Finding.Refused(
          "A credential in the URL gets into logs on its way: send \""
              + misplaced.get()
              + "\" as Authorization: Bearer, as api-key, or as a subprotocol",
          "credential in the query");
    }
    List<String> tokens =
        found.stream()
            .map(token -> token.startsWith(EPHEMERAL) ? token.substring(EPHEMERAL.length()) : token)
            .filter(token -> !token.isEmpty())
            .distinct()
            .toList();
    return switch (tokens.size()) {
      case 0 -> new Finding.None();
      case 1 -> new Finding.Token(tokens.getFirst());
      default ->
          new Finding.Refused(
              "The request has two credentials that differ: send one", "credentials that differ");
    };
  }

  private Optional<String> misplaced(Request request) {
    return request.parameterNames().stream()
        .filter(name -> NOT_IN_A_QUERY.contains(name.toLowerCase(Locale.ROOT)))
        .filter(name -> !settings.queryParameter().equals(Optional.of(name)))
        .map(name -> name.toLowerCase(Locale.ROOT))
        .findFirst();
  }
}
