package io.donna.gateway.admin;

import io.donna.gateway.admin.OpenIdProvider.Redemption;
import io.donna.gateway.audit.FaultWords;
import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.SignInSettings;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signs operators in by OpenID Connect. The session's cookie is {@code SameSite=Strict}; as no
 * browser sends such a cookie when the provider leads it back, the transaction has a short-lived
 * {@code Lax} cookie of its own, and the sign-in ends with a page of this origin, from which the
 * browser goes on by itself.
 */
final class OpenIdSignIn {
  private static final Logger LOG = LoggerFactory.getLogger(OpenIdSignIn.class);

  private static final String CALLBACK = "/sign-in/callback";

  private static final String SIGNED_IN =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
          + "<meta http-equiv=\"refresh\" content=\"0;url=/\"><title>Signed in</title>"
          + "<p>Signed in. <a href=\"/\">Continue</a></p></html>";

  private final OpenIdProvider provider;
  private final SignInSettings settings;
  private final SignInTransaction.Sealer sealer;
  private final Cookies transactions;
  private final Cookies cookies;
  private final CookieSessions sessions;
  private final ActionLog actions;
  private final SecurityLog log;

  /**
   * @param transactions names the cookie of sign-ins in progress
   * @param cookies names the cookie of those who are signed in
   */
  OpenIdSignIn(
      SignInSettings settings,
      Cookies transactions,
      Cookies cookies,
      CookieSessions sessions,
      ActionLog actions,
      SecurityLog log,
      Clock clock) {
    this.provider = new OpenIdProvider(settings);
    this.settings = settings;
    this.sealer = new SignInTransaction.Sealer(clock);
    this.transactions = transactions;
    this.cookies = cookies;
    this.sessions = sessions;
    this.actions = actions;
    this.log = log;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/sign-in", OperatorRole.OPEN, this::begin),
        Route.get(CALLBACK, OperatorRole.OPEN, this::finish));
  }

  private static URI callback(AdminRequest call) {
    return URI.create(
        (call.secure() ? "https://" : "http://") + call.request().host().orElseThrow() + CALLBACK);
  }

  private AdminResponse begin(AdminRequest call) {
    SignInTransaction transaction = sealer.begin();
    try {
      return AdminResponse.redirect(
              provider.authenticationUri(transaction, callback(call)).toASCIIString())
          .with(
              "Set-Cookie",
              transactions.write(
                  sealer.seal(transaction), call.secure(), "Lax", SignInTransaction.LONGEST));
    } catch (IOException unreachable) {
      return unreachable(unreachable);
    }
  }

  private static AdminResponse unreachable(IOException fault) {
    LOG.warn(
        "sign-in: the identity provider cannot be used: {}", ForeignText.of(FaultWords.of(fault)));
    return page(
        HttpResponseStatus.BAD_GATEWAY,
        "The identity provider cannot be reached; the log says why. Try again later.");
  }

  private AdminResponse finish(AdminRequest call) {
    Optional<SignInTransaction> transaction =
        transactions.read(call.request(), call.secure()).flatMap(sealer::open);
    if (transaction.isEmpty()) {
      return refuse(
          call, "no sign-in in progress", "This browser has no sign-in in progress; begin again.");
    }
    Map<String, List<String>> query = query(call);
    if (!isOne(query, "state", transaction.get().state())) {
      return refuse(
          call, "wrong state", "This is not the answer to this browser's sign-in; begin again.");
    }
    // Another provider's answer must not be redeemed at this one (RFC 9207).
    if (query.containsKey("iss") && !isOne(query, "iss", settings.issuer().toString())) {
      return refuse(call, "wrong issuer", "The answer is another provider's; begin again.");
    }
    List<String> codes = query.getOrDefault("code", List.of());
    if (codes.size() != 1 || codes.getFirst().isBlank()) {
      String error = query.getOrDefault("error", List.of("no code")).getFirst();
      return refuse(
          call, "refused by the provider: " + ForeignText.of(error), "The provider refused.");
    }
    try {
      return conclude(call, provider.redeem(codes.getFirst(), transaction.get(), callback(call)));
    } catch (IOException unreachable) {
      return unreachable(unreachable);
    }
  }

  private static Map<String, List<String>> query(AdminRequest call) {
    try {
      return new QueryStringDecoder(call.request().target().origin()).parameters();
    } catch (IllegalArgumentException notDecodable) {
      return Map.of();
    }
  }

  private static boolean isOne(Map<String, List<String>> query, String name, String expected) {
    List<String> values = query.getOrDefault(name, List.of());
    return values.size() == 1
        && MessageDigest.isEqual(
            values.getFirst().getBytes(StandardCharsets.UTF_8),
            expected.getBytes(StandardCharsets.UTF_8));
  }

  private AdminResponse conclude(AdminRequest call, Redemption redemption) {
    return switch (redemption) {
      case Redemption.Rejected(String why) ->
          refuse(call, why, "The sign-in is not valid; begin again.");
      case Redemption.WithoutRole(String name) ->
          refuse(
              call,
              "no role: " + name,
              "You are signed in at the provider, but have neither the role viewer nor operator.");
      case Redemption.Identified(Operator operator) -> {
        Secret id = sessions.begin(operator);
        actions.record(call, operator.name(), "sign_in", "admin port", "as " + operator.role());
        yield html(HttpResponseStatus.OK, SIGNED_IN)
            .with(
                "Set-Cookie",
                cookies.write(id.value(), call.secure(), "Strict", CookieSessions.LONGEST)
                    + "\n"
                    + transactions.clear(call.secure(), "Lax"));
      }
    };
  }

  private AdminResponse refuse(AdminRequest call, String why, String words) {
    log.record(new SecurityEvent.AdminAuthFailed(call.address().masked(), CALLBACK, why));
    return page(HttpResponseStatus.FORBIDDEN, words)
        .with("Set-Cookie", transactions.clear(call.secure(), "Lax"));
  }

  /** A page of the gateway's own words. */
  private static AdminResponse.Whole page(HttpResponseStatus status, String words) {
    return html(
        status,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign-in</title><p>"
            + words
            + " <a href=\"/sign-in\">Sign in</a></p></html>");
  }

  private static AdminResponse.Whole html(HttpResponseStatus status, String text) {
    return new AdminResponse.Whole(
        status,
        Map.of("Content-Security-Policy", AdminResponse.PAGE_POLICY),
        "text/html; charset=utf-8",
        AdminResponse.utf8(text));
  }
}
