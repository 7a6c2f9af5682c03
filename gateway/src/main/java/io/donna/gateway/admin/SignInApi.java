package io.donna.gateway.admin;

import io.donna.gateway.config.Secret;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Optional;

/** Who an operator is, and the sign-in of a browser by the token: a page cannot send headers. */
final class SignInApi {
  private static final int LONGEST_TOKEN = 4_096;

  private final Authenticator authenticator;
  private final Cookies cookies;
  private final CookieSessions sessions;
  private final ActionLog actions;
  private final boolean byProvider;
  private final boolean byToken;

  /**
   * @param byProvider whether operators can sign in by OpenID Connect
   * @param byToken whether there is a token
   */
  SignInApi(
      Authenticator authenticator,
      Cookies cookies,
      CookieSessions sessions,
      ActionLog actions,
      boolean byProvider,
      boolean byToken) {
    this.authenticator = authenticator;
    this.cookies = cookies;
    this.sessions = sessions;
    this.actions = actions;
    this.byProvider = byProvider;
    this.byToken = byToken;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/sign-in", OperatorRole.OPEN, call -> methods()),
        Route.post("/api/v1/sign-in", OperatorRole.OPEN, this::signIn),
        Route.post("/api/v1/sign-out", OperatorRole.VIEWER, this::signOut),
        Route.get("/api/v1/me", OperatorRole.VIEWER, SignInApi::me));
  }

  private AdminResponse methods() {
    return AdminResponse.ok(
        AdminResponse.object().put("token", byToken).put("openid_connect", byProvider));
  }

  private static AdminResponse me(AdminRequest call) {
    return AdminResponse.ok(
        AdminResponse.object()
            .put("actor", call.operator().name())
            .put("role", call.operator().role().toString()));
  }

  private AdminResponse signIn(AdminRequest call) {
    Fields fields = call.fields();
    String token = fields.text("token", LONGEST_TOKEN);
    Optional<AdminResponse> refusal =
        fields.refusal().or(() -> RequestChecks.silentBrowserRefusal(call.request()));
    if (refusal.isPresent()) {
      return refusal.get();
    }
    return switch (authenticator.check(token, call.request(), call.address())) {
      case Authenticator.Check.TooMany(AdminResponse answer) -> answer;
      case Authenticator.Check.Wrong() ->
          AdminResponse.problem(HttpResponseStatus.UNAUTHORIZED, "The token is wrong");
      case Authenticator.Check.Right() -> {
        Operator operator = new Operator(Authenticator.BY_TOKEN, OperatorRole.OPERATOR);
        Secret id = sessions.begin(operator);
        actions.record(call, operator.name(), "sign_in", "admin port", "by token");
        yield AdminResponse.json(
                HttpResponseStatus.OK,
                AdminResponse.object()
                    .put("actor", operator.name())
                    .put("role", operator.role().toString()))
            .with(
                "Set-Cookie",
                cookies.write(id.value(), call.secure(), "Strict", CookieSessions.LONGEST));
      }
    };
  }

  private AdminResponse signOut(AdminRequest call) {
    Optional<AdminResponse> refusal = call.fields().refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    cookies.read(call.request(), call.secure()).ifPresent(sessions::end);
    return AdminResponse.json(HttpResponseStatus.OK, AdminResponse.object().put("signed_out", true))
        .with("Set-Cookie", cookies.clear(call.secure(), "Strict"));
  }
}
