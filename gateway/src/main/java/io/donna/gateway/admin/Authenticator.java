package io.donna.gateway.admin;

import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.config.AdminSettings;
import io.donna.gateway.config.Secret;
import io.donna.gateway.edge.Request;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Finds out who uses the admin port: by the bearer token, or by the cookie of a sign-in. Where
 * neither is configured, a developer on the same machine is an operator, and nobody else is. Safe
 * from any thread.
 */
final class Authenticator {
  /** The result. */
  sealed interface Authentication {
    /**
     * Somebody who has proved who it is.
     *
     * @param byCookie whether a browser sent the credential by itself
     * @param stillValid whether it is still valid later
     */
    record Known(Operator operator, boolean byCookie, BooleanSupplier stillValid)
        implements Authentication {}

    record Unknown(AdminResponse answer) implements Authentication {}
  }

  static final String BY_TOKEN = "token";
  private static final String LOCAL = "local";

  private final Optional<byte[]> tokenDigest;
  private final boolean open;
  private final boolean signsIn;
  private final Cookies cookies;
  private final CookieSessions sessions;
  private final FailedAttempts failures = new FailedAttempts(System::nanoTime);
  private final SecurityLog log;

  /**
   * @param production where even this machine must authenticate
   */
  Authenticator(
      AdminSettings settings,
      boolean production,
      Cookies cookies,
      CookieSessions sessions,
      SecurityLog log) {
    this.tokenDigest = settings.token().map(Secret::bytes).map(Authenticator::digest);
    this.open = !settings.authenticates() && !settings.servesProbesOnly(production);
    this.signsIn = settings.signIn().isPresent();
    this.cookies = cookies;
    this.sessions = sessions;
    this.log = log;
  }

  Authentication authenticate(Request request, ClientAddress address, boolean secure) {
    if (open) {
      // What a proxy forwards is not from this machine.
      return isForwarded(request)
          ? unknown("The admin port has no credentials, so it serves this machine only")
          : new Authentication.Known(new Operator(LOCAL, OperatorRole.OPERATOR), false, () -> true);
    }
    List<String> headers = request.headers().getAll(HttpHeaderNames.AUTHORIZATION);
    if (!headers.isEmpty()) {
      return byToken(headers, request, address);
    }
    Optional<String> cookie = cookies.read(request, secure);
    Optional<Operator> found = cookie.flatMap(id -> sessions.find(id, true));
    if (found.isPresent()) {
      String id = cookie.orElseThrow();
      return new Authentication.Known(
          found.get(), true, () -> sessions.find(id, false).isPresent());
    }
    return unknown(howTo());
  }

  private Authentication byToken(List<String> headers, Request request, ClientAddress address) {
    String header = headers.getFirst();
    boolean bearer = headers.size() == 1 && header.regionMatches(true, 0, "Bearer ", 0, 7);
    return switch (check(bearer ? header.substring(7).strip() : "", request, address)) {
      case Check.Right() ->
          new Authentication.Known(
              new Operator(BY_TOKEN, OperatorRole.OPERATOR), false, () -> true);
      case Check.Wrong() -> unknown("The token is wrong");
      case Check.TooMany(AdminResponse answer) -> new Authentication.Unknown(answer);
    };
  }

  /** What came of a token. */
  sealed interface Check {
    record Right() implements Check {}

    record Wrong() implements Check {}

    record TooMany(AdminResponse answer) implements Check {}
  }

  /** Compares a token with the configured one, in constant time, unless too many were wrong. */
  Check check(String token, Request request, ClientAddress address) {
    Duration wait = failures.waitOf(address.limitKey());
    if (!wait.isZero()) {
      return new Check.TooMany(
          AdminResponse.problem(
                  HttpResponseStatus.TOO_MANY_REQUESTS, "Too many wrong tokens; try again later")
              .with("Retry-After", wait.plusMillis(999).toSeconds()));
    }
    byte[] digest = digest(token.getBytes(StandardCharsets.UTF_8));
    if (tokenDigest.isPresent() && MessageDigest.isEqual(tokenDigest.get(), digest)) {
      return new Check.Right();
    }
    failures.count(address.limitKey());
    log.record(
        new SecurityEvent.AdminAuthFailed(
            address.masked(),
            request.path(),
            tokenDigest.isPresent() ? "wrong token" : "no token is configured"));
    return new Check.Wrong();
  }

  private static boolean isForwarded(Request request) {
    return request.headers().contains("X-Forwarded-For")
        || request.headers().contains("Forwarded")
        || request.headers().contains("X-Real-IP");
  }

  private String howTo() {
    String signIn = signsIn ? " or sign in at /sign-in" : "";
    return tokenDigest.isPresent()
        ? "Send Authorization: Bearer with ADMIN_TOKEN" + signIn
        : signsIn
            ? "Sign in at /sign-in"
            : "Set ADMIN_TOKEN or ADMIN_OIDC_ISSUER: nobody can be an operator without";
  }

  private static Authentication unknown(String detail) {
    return new Authentication.Unknown(
        AdminResponse.problem(HttpResponseStatus.UNAUTHORIZED, detail)
            .with("WWW-Authenticate", "Bearer realm=\"donna-admin\""));
  }

  private static byte[] digest(byte[] text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
