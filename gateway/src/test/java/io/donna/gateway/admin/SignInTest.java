package io.donna.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.OpenIdServer;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sign-in by OpenID Connect, against a provider of the test's own, and the cookie it ends with. */
class SignInTest {
  private static final String SWITCH_OFF = "{\"enabled\":false,\"reason\":\"an attack\"}";

  private OpenIdServer provider;
  private RunningGateway gateway;

  @BeforeEach
  void start() {
    provider = OpenIdServer.start();
    gateway = start("roles");
  }

  private RunningGateway start(String rolesClaim) {
    return RunningGateway.with("ADMIN_OIDC_ISSUER", provider.issuer())
        .with("ADMIN_OIDC_CLIENT_ID", OpenIdServer.CLIENT)
        .with("ADMIN_OIDC_CLIENT_SECRET", OpenIdServer.CLIENT_SECRET)
        .with("ADMIN_OIDC_ROLES_CLAIM", rolesClaim)
        .with("TRUSTED_PROXIES", "127.0.0.0/8")
        .with("ADMIN_HOSTS", "admin.example.com")
        .admin()
        .start();
  }

  @AfterEach
  void stop() {
    gateway.close();
    provider.close();
  }

  /** A browser: keeps cookies as it is told. */
  private final class Browser {
    private String transaction = "";
    private String session = "";

    AdminClient.Answer begin() {
      AdminClient.Answer answer = AdminClient.of(gateway).get("/sign-in");
      assertThat(answer.status()).isEqualTo(303);
      String cookie = answer.header("set-cookie").orElseThrow();
      assertThat(cookie).contains("; HttpOnly; SameSite=Lax; Max-Age=600").doesNotContain("Secure");
      transaction = cookie.split(";", -1)[0];
      return answer;
    }

    AdminClient.Answer comeBack(String query) {
      AdminClient.Answer answer =
          AdminClient.of(gateway)
              .with("Cookie: " + transaction, "Sec-Fetch-Site: cross-site")
              .get("/sign-in/callback?" + query);
      answer.headers("set-cookie").stream()
          .filter(line -> line.startsWith("donna-admin-"))
          .forEach(line -> session = line.split(";", -1)[0]);
      return answer;
    }

    AdminClient.Answer signIn() {
      return comeBack(provider.authorize(begin().header("location").orElseThrow()));
    }

    AdminClient client() {
      return AdminClient.of(gateway).with("Cookie: theme=dark; " + session);
    }

    AdminClient page() {
      return client().with("Origin: http://127.0.0.1:" + gateway.adminPort());
    }
  }

  @Test
  void signsAnOperatorIn() {
    Browser browser = new Browser();

    AdminClient.Answer signedIn = browser.signIn();

    // Not a redirect: the browser would not send the cookie to where the provider led it.
    assertThat(signedIn.status()).isEqualTo(200);
    assertThat(signedIn.body()).contains("<meta http-equiv=\"refresh\" content=\"0;url=/\">");
    assertThat(signedIn.headers("set-cookie"))
        .hasSize(2)
        .anyMatch(line ->
            line.matches(
                "donna-admin-\\d+=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=28800"))
        .anyMatch(
            line -> line.matches("donna-sign-in-\\d+=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
    assertThat(browser.client().get("/api/v1/me").body())
        .isEqualTo("{\"actor\":\"ann@example.com\",\"role\":\"operator\"}");
    assertThat(browser.page().put("/api/v1/switch", SWITCH_OFF).status()).isEqualTo(200);
    gateway.awaitLog(
        "\"actor\":\"ann@example.com\",\"action\":\"switch_off\",\"target\":\"proxy\"");
  }

  /** Any number of its own sign-ins ends none of another's. */
  @Test
  void keepsAnOperatorSignedInWhateverAViewerDoes() {
    Browser operator = new Browser();
    operator.signIn();
    provider.claims(
        claims -> claims.claim("roles", "viewer").subject("u-2").claim("email_verified", false));
    Browser first = new Browser();
    first.signIn();
    Browser last = new Browser();
    for (int i = 0; i < CookieSessions.MOST_OF_ONE; i++) {
      last.signIn();
    }

    assertThat(first.client().get("/api/v1/me").status()).isEqualTo(401);
    assertThat(last.client().get("/api/v1/me").status()).isEqualTo(200);
    assertThat(operator.client().get("/api/v1/me").status()).isEqualTo(200);
  }

  /** A viewer who holds every stream of events takes none from an operator. */
  @Test
  void letsAnOperatorWatchWhateverAViewerHolds() {
    Browser operator = new Browser();
    operator.signIn();
    provider.claims(claims -> claims.claim("roles", "viewer").claim("email", "eve@example.com"));
    Browser viewer = new Browser();
    viewer.signIn();
    List<TestClient> held = new ArrayList<>();
    for (int i = 0; i < LiveFeed.MOST_SUBSCRIBERS; i++) {
      held.add(viewer.client().open("GET", "/api/v1/events", Optional.empty()));
    }
    assertThat(held).allMatch(one -> one.status() == 200);

    assertThat(viewer.client().get("/api/v1/events").status()).isEqualTo(503);
    try (TestClient watching = operator.client().open("GET", "/api/v1/events", Optional.empty())) {
      assertThat(watching.status()).isEqualTo(200);
      held.getFirst().rest(); // its stream has ended
    }
    held.forEach(TestClient::close);
  }

  @Test
  void signsOut() {
    Browser browser = new Browser();
    browser.signIn();

    assertThat(browser.page().post("/api/v1/sign-out", "{}").status()).isEqualTo(200);

    assertThat(browser.client().get("/api/v1/me").status()).isEqualTo(401);
  }

  @Test
  void letsAViewerSeeAndNotAct() {
    provider.claims(claims -> claims.claim("roles", "viewer"));
    Browser browser = new Browser();
    browser.signIn();

    assertThat(browser.client().get("/api/v1/switch").status()).isEqualTo(200);
    AdminClient.Answer refused = browser.page().put("/api/v1/switch", SWITCH_OFF);
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.json().get("detail").asString())
        .isEqualTo("This requires the role operator; you have viewer");
    assertThat(gateway.gateway().gate().isEnabled()).isTrue();
  }

  /** A cookie alone is not enough to act: the request must come from a page of the port's own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Accept: text/html",
        "Origin: https://evil.example",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site"
      })
  void refusesForgedRequestsWithTheCookie(String header) {
    Browser browser = new Browser();
    browser.signIn();

    assertThat(browser.client().with(header).put("/api/v1/switch", SWITCH_OFF).status())
        .isEqualTo(403);
    assertThat(gateway.gateway().gate().isEnabled()).isTrue();
  }

  @Test
  void refusesTheCookieByTheHostOfAReboundPage() {
    Browser browser = new Browser();
    browser.signIn();

    assertThat(browser.client().with("Host: evil.example").get("/api/v1/me").status())
        .isEqualTo(421);
    assertThat(AdminClient.of(gateway).with("Host: evil.example").get("/sign-in").status())
        .isEqualTo(421);
  }

  static Stream<Arguments> badTokens() {
    return Stream.<Map.Entry<String, UnaryOperator<JWTClaimsSet.Builder>>>of(
            Map.entry("wrong nonce", claims -> claims.claim("nonce", "another")),
            Map.entry("no nonce", claims -> claims.claim("nonce", null)),
            Map.entry("wrong audience", claims -> claims.audience("another")),
            Map.entry(
                "another authorized party",
                claims -> claims.audience(List.of(OpenIdServer.CLIENT, "x")).claim("azp", "x")),
            Map.entry("wrong issuer", claims -> claims.issuer("https://evil.example")),
            Map.entry(
                "expired",
                claims -> claims.expirationTime(Date.from(Instant.now().minusSeconds(3_600)))),
            Map.entry("no role", claims -> claims.claim("roles", List.of("admin"))),
            Map.entry("no claim", claims -> claims.claim("roles", null)),
            Map.entry("a role in part", claims -> claims.claim("roles", "operators")))
        .map(row -> Arguments.of(row.getKey(), row.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badTokens")
  void refusesIdTokens(String what, UnaryOperator<JWTClaimsSet.Builder> change) {
    provider.claims(change);
    Browser browser = new Browser();

    AdminClient.Answer refused = browser.signIn();

    assertThat(refused.status()).isEqualTo(403);
    assertThat(browser.session).isEmpty();
    gateway.awaitLog("ADMIN_AUTH_FAILED: {\"ip\":\"127.0.0.xxx\",\"path\":\"/sign-in/callback\"");
  }

  @Test
  void refusesAnIdTokenSignedWithThePublishedKeyAsASecret() {
    provider.signsWithHmac();

    assertThat(new Browser().signIn().status()).isEqualTo(403);
  }

  @Test
  void refusesAForgedState() {
    Browser browser = new Browser();
    String query = provider.authorize(browser.begin().header("location").orElseThrow());

    assertThat(browser.comeBack(query.replaceFirst("state=.*", "state=forged")).status())
        .isEqualTo(403);
    assertThat(browser.comeBack(query.replaceFirst("&state=.*", "")).status()).isEqualTo(403);
    assertThat(browser.comeBack(query + "&state=forged").status()).isEqualTo(403);
    assertThat(browser.comeBack(query + "&iss=https://evil.example").status()).isEqualTo(403);
    assertThat(browser.comeBack("error=access_denied&" + query.split("&", -1)[1]).status())
        .isEqualTo(403);
  }

  /** An attacker's own answer, planted in a victim's browser, signs nobody in. */
  @Test
  void refusesAnotherBrowsersAnswer() {
    Browser attacker = new Browser();
    String query = provider.authorize(attacker.begin().header("location").orElseThrow());
    Browser victim = new Browser();

    assertThat(victim.comeBack(query).status()).isEqualTo(403);
    victim.begin();
    assertThat(victim.comeBack(query).status()).isEqualTo(403);
    attacker.transaction = attacker.transaction.replaceFirst("=.{4}", "=AAAA");
    assertThat(attacker.comeBack(query).status()).isEqualTo(403);
  }

  @Test
  void refusesACodeTheSecondTime() {
    Browser browser = new Browser();
    String query = provider.authorize(browser.begin().header("location").orElseThrow());
    assertThat(browser.comeBack(query).status()).isEqualTo(200);

    assertThat(browser.comeBack(query).status()).isEqualTo(403);
    gateway.awaitLog("the provider refuses the code: invalid_grant");
  }

  @ParameterizedTest
  @CsvSource({"https://example.com/roles", "realm_access.roles"})
  void findsRolesByNameOrByPath(String claim) {
    gateway.close();
    gateway = start(claim);
    provider.claims(claims ->
        claims
            .claim("roles", null)
            .claim("https://example.com/roles", List.of("viewer", "operator"))
            .claim("realm_access", Map.of("roles", List.of("operator"))));
    Browser browser = new Browser();
    browser.signIn();

    assertThat(browser.client().get("/api/v1/me").json().get("role").asString())
        .isEqualTo("operator");
  }

  @Test
  void namesAnUnverifiedAddressByItsSubject() {
    provider.claims(claims -> claims.claim("email_verified", false));
    Browser browser = new Browser();
    browser.signIn();

    assertThat(browser.client().get("/api/v1/me").json().get("actor").asString()).isEqualTo("u-1");
  }

  @Test
  void setsHostCookiesOverTls() {
    AdminClient.Answer begun =
        AdminClient.of(gateway)
            .with("Host: admin.example.com", "X-Forwarded-Proto: https")
            .get("/sign-in");

    assertThat(begun.header("set-cookie").orElseThrow())
        .startsWith("__Host-donna-sign-in=")
        .endsWith("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure");
    assertThat(begun.header("location").orElseThrow())
        .contains("redirect_uri=https%3A%2F%2Fadmin.example.com%2Fsign-in%2Fcallback");
  }

  @Test
  void saysThatTheProviderCannotBeReached() {
    provider.close();

    AdminClient.Answer answer = AdminClient.of(gateway).get("/sign-in");

    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.body()).contains("cannot be reached");
  }

  @Test
  void signsABrowserInByTheToken() {
    String token = "a-token-of-operators-of-24-bytes";
    gateway.close();
    gateway = RunningGateway.with("ADMIN_TOKEN", token).admin().start();
    AdminClient page =
        AdminClient.of(gateway).with("Origin: http://127.0.0.1:" + gateway.adminPort());

    assertThat(page.get("/api/v1/sign-in").body())
        .isEqualTo("{\"token\":true,\"openid_connect\":false}");
    assertThat(page.post("/api/v1/sign-in", "{\"token\":\"wrong\"}").status()).isEqualTo(401);
    AdminClient.Answer signedIn = page.post("/api/v1/sign-in", "{\"token\":\"" + token + "\"}");
    String cookie = signedIn.header("set-cookie").orElseThrow();
    assertThat(cookie).contains("; HttpOnly; SameSite=Strict").doesNotContain(token);
    assertThat(page.with("Cookie: " + cookie.split(";", -1)[0]).get("/api/v1/me").body())
        .isEqualTo("{\"actor\":\"token\",\"role\":\"operator\"}");
    assertThat(
            AdminClient.of(gateway)
                .post("/api/v1/sign-in", "{\"token\":\"" + token + "\"}")
                .status())
        .isEqualTo(403);
  }
}
