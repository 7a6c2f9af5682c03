package io.donna.gateway.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.donna.gateway.config.Settings;
import io.donna.gateway.edge.Transport;
import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The port itself: probes, metrics, who may use it, and what a hostile page can do to it. */
class AdminPortTest {
  private static final String TOKEN = "a token of operators, of 24 bytes or more".replace(' ', '-');
  private static final String SWITCH_OFF = "{\"enabled\":false,\"reason\":\"an attack\"}";

  private static RunningGateway.Builder withToken() {
    return RunningGateway.with("ADMIN_TOKEN", TOKEN).admin();
  }

  @Test
  void answersProbesAndMetricsWithoutACredential() {
    try (RunningGateway gateway = withToken().start()) {
      AdminClient anybody = AdminClient.of(gateway);

      assertThat(anybody.get("/livez").body()).isEqualTo("{\"status\":\"ok\",\"reasons\":[]}");
      assertThat(anybody.get("/readyz").status()).isEqualTo(200);
      AdminClient.Answer scraped = anybody.get("/metrics");
      assertThat(scraped.body()).contains("donna_connections{family=\"ipv4\"} 0.0\n");
      assertThat(scraped.header("content-type"))
          .hasValue("text/plain; version=0.0.4; charset=utf-8");
    }
  }

  @Test
  void saysInWordsWhyItIsNotReady() {
    try (RunningGateway gateway =
        withToken()
            .with("JWT_SECRET", "")
            .with("JWT_JWKS_URL", "http://127.0.0.1:1/keys")
            .start()) {
      AdminClient operator = AdminClient.of(gateway).bearer(TOKEN);
      operator.put("/api/v1/drain", "{\"draining\":true,\"reason\":\"maintenance\"}");

      AdminClient.Answer ready = operator.get("/readyz");

      assertThat(ready.status()).isEqualTo(503);
      assertThat(ready.body())
          .isEqualTo("{\"status\":\"unavailable\",\"reasons\":[\"draining\",\"keys missing\"]}");
    }
  }

  private static double readSlowly() {
    LockSupport.parkNanos(50_000_000);
    return 0;
  }

  /** Each scrape takes milliseconds, and nobody needs a credential to ask for one and leave. */
  @Test
  void answersAScrapeWhileOthersAskForManyAndLeave() throws Exception {
    try (RunningGateway gateway = withToken().start()) {
      AdminClient prometheus = AdminClient.of(gateway);
      gateway.gateway().telemetry().gauge("donna.slow", "", AdminPortTest::readSlowly);
      String host = "Host: 127.0.0.1:" + gateway.adminPort();
      for (int i = 0; i < 500; i++) {
        try (Socket leaver = new Socket(InetAddress.getLoopbackAddress(), gateway.adminPort())) {
          leaver
              .getOutputStream()
              .write(("GET /metrics HTTP/1.1\r\n" + host + "\r\n\r\n").getBytes(US_ASCII));
        }
      }

      // Within the ten seconds that the client waits.
      assertThat(prometheus.get("/metrics").body()).contains("donna_connections");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/livez",
        "/readyz",
        "/metrics",
        "/sign-in",
        "/api/v1/switch",
        "/api/v1/blocks",
        "/api/v1/sessions",
        "/api/v1/usage",
        "/api/v1/events",
        "/api/v1/openapi.json"
      })
  void isNotServedOnThePublicPort(String path) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      assertThat(gateway.get(path).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void needsTheTokenForTheRest() {
    try (RunningGateway gateway = withToken().start()) {
      AdminClient client = AdminClient.of(gateway);

      AdminClient.Answer refused = client.get("/api/v1/switch");
      assertThat(refused.status()).isEqualTo(401);
      assertThat(refused.header("content-type")).hasValue("application/problem+json");
      assertThat(refused.header("www-authenticate")).hasValue("Bearer realm=\"donna-admin\"");
      assertThat(refused.json().get("status").asInt()).isEqualTo(401);
      assertThat(refused.json().get("title").asString()).isEqualTo("Unauthorized");
      assertThat(refused.json().get("type").asString()).isEqualTo("about:blank");
      assertThat(client.bearer(TOKEN.substring(1)).get("/api/v1/switch").status()).isEqualTo(401);
      assertThat(client.bearer("").get("/api/v1/switch").status()).isEqualTo(401);
      assertThat(client.with("Authorization: Basic " + TOKEN).get("/api/v1/switch").status())
          .isEqualTo(401);
      assertThat(client.bearer("x").bearer(TOKEN).get("/api/v1/switch").status()).isEqualTo(401);
      assertThat(client.bearer(TOKEN).get("/api/v1/switch").status()).isEqualTo(200);
      assertThat(client.bearer(TOKEN).get("/api/v1/me").body())
          .isEqualTo("{\"actor\":\"token\",\"role\":\"operator\"}");
      gateway.awaitLog(
          "ADMIN_AUTH_FAILED: {\"ip\":\"127.0.0.xxx\",\"path\":\"/api/v1/switch\","
              + "\"error\":\"wrong token\"}");
      assertThat(gateway.fullLog()).noneMatch(line -> line.contains(TOKEN.substring(1)));
    }
  }

  @Test
  void listensNoMoreToAnAddressThatGuessesTokens() {
    try (RunningGateway gateway = withToken().start()) {
      AdminClient client = AdminClient.of(gateway);
      for (int i = 0; i < FailedAttempts.MOST; i++) {
        assertThat(client.bearer("guess-" + i).get("/api/v1/switch").status()).isEqualTo(401);
      }

      AdminClient.Answer late = client.bearer(TOKEN).get("/api/v1/switch");

      assertThat(late.status()).isEqualTo(429);
      assertThat(Integer.parseInt(late.header("retry-after").orElseThrow())).isBetween(1, 60);
      assertThat(client.get("/readyz").status()).isEqualTo(200);
    }
  }

  @Test
  void needsNoCredentialOnLoopbackInDevelopmentUnlessAProxyForwards() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      AdminClient client = AdminClient.of(gateway);

      assertThat(client.get("/api/v1/me").body())
          .isEqualTo("{\"actor\":\"local\",\"role\":\"operator\"}");
      for (String header : List.of("X-Forwarded-For: 203.0.113.9", "Forwarded: for=203.0.113.9")) {
        assertThat(client.with(header).get("/api/v1/me").status()).as(header).isEqualTo(401);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"DONNA_ENV,production,127.0.0.1", "ADMIN_HOST,0.0.0.0,0.0.0.0"})
  void servesProbesOnlyWhereACredentialIsNeededAndNoneIsSet(
      String name, String value, String host) {
    try (RunningGateway gateway =
        RunningGateway.with(name, value)
            .with("ADMIN_HOST", host)
            .with("ALLOWED_ORIGINS", "https://app.example.com")
            .admin()
            .start()) {
      AdminClient client = AdminClient.of(gateway);

      assertThat(client.get("/livez").status()).isEqualTo(200);
      assertThat(client.get("/api/v1/switch").status()).isEqualTo(401);
      assertThat(client.bearer("").get("/api/v1/switch").status()).isEqualTo(401);
      assertThat(client.put("/api/v1/switch", SWITCH_OFF).status()).isEqualTo(401);
    }
  }

  /** A page whose name resolves to this machine is told by its host. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:9091",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "[::2]",
        "10.0.0.1"
      })
  void refusesHostsThatAreNotItsOwn(String host) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      AdminClient.Answer refused =
          AdminClient.of(gateway).with("Host: " + host).get("/api/v1/switch");

      assertThat(refused.status()).isEqualTo(421);
      assertThat(refused.json().get("detail").asString()).contains("ADMIN_HOSTS");
      assertThat(AdminClient.of(gateway).with("Host: " + host).get("/readyz").status())
          .isEqualTo(421);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1:1", "[::1]:9091", "Admin.Example.com:9091"})
  void servesItsOwnHosts(String host) {
    try (RunningGateway gateway =
        RunningGateway.with("ADMIN_HOSTS", "admin.example.com").admin().start()) {
      assertThat(AdminClient.of(gateway).with("Host: " + host).get("/readyz").status())
          .isEqualTo(200);
    }
  }

  /** What a page of another origin can send without asking first. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: https://evil.example",
        "Origin: null",
        "Origin: http://127.0.0.1:1",
        "Origin: https://127.0.0.1:PORT",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Content-Type: text/plain",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: text/plain; application/json",
        "Content-Type: application/json, text/plain"
      })
  void refusesWhatAHostilePageCanSend(String header) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      String line = header.replace("PORT", Integer.toString(gateway.adminPort()));

      AdminClient.Answer refused =
          AdminClient.of(gateway).with(line).put("/api/v1/switch", SWITCH_OFF);

      assertThat(refused.status()).isIn(403, 415);
      assertThat(refused.header("access-control-allow-origin")).isEmpty();
      assertThat(gateway.gateway().gate().isEnabled()).isTrue();
      assertThat(
              AdminClient.of(gateway)
                  .with(line)
                  .send("OPTIONS", "/api/v1/switch", Optional.empty())
                  .status())
          .isEqualTo(405);
    }
  }

  @Test
  void takesRequestsOfItsOwnPages() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      AdminClient page =
          AdminClient.of(gateway)
              .with(
                  "Origin: http://127.0.0.1:" + gateway.adminPort(), "Sec-Fetch-Site: same-origin");

      assertThat(page.put("/api/v1/switch", SWITCH_OFF).status()).isEqualTo(200);
      assertThat(gateway.gateway().gate().isEnabled()).isFalse();
    }
  }

  @Test
  void answersUnknownPathsAndMethodsWithProblems() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      AdminClient client = AdminClient.of(gateway);

      assertThat(client.get("/nowhere").status()).isEqualTo(404);
      assertThat(client.get("/nowhere").json().get("title").asString()).isEqualTo("Not Found");
      assertThat(client.get("/api/v1/users//end").status()).isEqualTo(404);
      assertThat(client.get("/api/v1/users/%zz/end").status()).isEqualTo(404);
      AdminClient.Answer method = client.post("/api/v1/switch", "{}");
      assertThat(method.status()).isEqualTo(405);
      assertThat(method.header("allow")).hasValue("GET, HEAD, PUT");
      try (TestClient head =
          client.with("Connection: close").open("HEAD", "/livez", Optional.empty())) {
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.head()).contains("content-length: 28");
        assertThat(head.rest()).isEmpty();
      }
    }
  }

  /** The garbage of a scrape is collected by stopping every call. */
  @Test
  void makesLittleGarbageForAScrape() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      AdminClient client = AdminClient.of(gateway);
      int scraped = client.get("/metrics").body().length();
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getTotalThreadAllocatedBytes();
      for (int i = 0; i < 20; i++) {
        client.get("/metrics");
      }
      long each = (threads.getTotalThreadAllocatedBytes() - before) / 20;

      assertThat(each).as("bytes for %d characters", scraped).isLessThan(4_000_000);
    }
  }

  /** Names the field and what it must be, all at once, and changes nothing. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | enabled reason",
        "{\"enabled\":\"false\",\"reason\":\"x\"} | enabled",
        "{\"enabled\":false} | reason",
        "{\"enabled\":false,\"reason\":\"\"} | reason",
        "{\"enabled\":false,\"reason\":\"a\\nb\"} | reason",
        "{\"enabled\":false,\"reason\":7} | reason",
        "{\"enabled\":false,\"reason\":\"x\",\"enable\":true} | enable",
      })
  void refusesBodiesByField(String body, String fields) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      AdminClient.Answer refused = AdminClient.of(gateway).put("/api/v1/switch", body);

      assertThat(refused.status()).isEqualTo(400);
      List<String> named = new ArrayList<>();
      refused.json().get("errors").forEach(error -> named.add(error.get("field").asString()));
      assertThat(String.join(" ", named)).isEqualTo(fields);
      assertThat(gateway.gateway().gate().isEnabled()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "null", "{", "{\"a\":1,\"a\":2}", "{}{}", "\"text\""})
  void refusesBodiesThatAreNoObject(String body) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      assertThat(AdminClient.of(gateway).put("/api/v1/switch", body).status()).isEqualTo(400);
    }
  }

  @Test
  void keepsBrowsersFromRunningOrEmbeddingWhatItAnswers() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      AdminClient.Answer answer = AdminClient.of(gateway).get("/livez");

      assertThat(answer.header("content-security-policy"))
          .hasValue("default-src 'none'; frame-ancestors 'none'");
      assertThat(answer.header("x-content-type-options")).hasValue("nosniff");
      assertThat(answer.header("x-frame-options")).hasValue("DENY");
      assertThat(answer.header("cache-control")).hasValue("no-store");
      assertThat(answer.header("referrer-policy")).hasValue("no-referrer");
      assertThat(answer.header("cross-origin-opener-policy")).hasValue("same-origin");
      assertThat(answer.header("cross-origin-resource-policy")).hasValue("same-origin");
    }
  }

  /** Files of the dashboard say nothing of the gateway; an answer of the API is never kept. */
  @ParameterizedTest
  @ValueSource(strings = {"/", "/dashboard/app.js", "/dashboard/style.css", "/dashboard/uplot.js"})
  void letsBrowsersKeepTheFilesOfTheDashboardAndAskWhetherTheyHaveChanged(String path) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      AdminClient client = AdminClient.of(gateway);
      AdminClient.Answer file = client.get(path);
      String etag = file.header("etag").orElseThrow();

      assertThat(file.header("cache-control")).hasValue("no-cache");
      AdminClient.Answer held = client.with("If-None-Match: " + etag).get(path);
      assertThat(held.status()).isEqualTo(304);
      assertThat(held.body()).isEmpty();
      assertThat(held.header("etag")).hasValue(etag);
      assertThat(held.header("cache-control")).hasValue("no-cache");
      assertThat(held.header("content-length")).isEmpty();
      assertThat(held.header("x-frame-options")).hasValue("DENY");
      assertThat(client.with("If-None-Match: \"another\"").get(path).status()).isEqualTo(200);
      assertThat(client.with("If-None-Match: " + etag).get("/api/v1/status").status())
          .isEqualTo(200);
      for (String api :
          List.of("/api/v1/status", "/api/v1/openapi.json", "/api/v1/none", "/metrics")) {
        assertThat(client.get(api).header("cache-control")).as(api).hasValue("no-store");
      }
    }
  }

  @Test
  void closesAConnectionThatDoesNotFinishItsRequest() {
    try (RunningGateway gateway = RunningGateway.with("REQUEST_TIMEOUT_MS", 300).admin().start();
        TestClient slow =
            TestClient.raw(
                gateway.adminPort(), "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /liv")) {
      assertThat(slow.status()).isEqualTo(200);
      assertThat(slow.body()).contains("ok");
      assertThat(slow.reachesEnd()).isTrue();
    }
  }

  @Test
  void holdsABoundedNumberOfConnections() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      List<TestClient> open = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        open.add(
            TestClient.raw(gateway.adminPort(), "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      }

      assertThat(open.getFirst().rest()).endsWith("}");
      assertThat(AdminClient.of(gateway).get("/livez").status()).isEqualTo(200);
      open.forEach(TestClient::close);
    }
  }

  @Test
  void failsToStartOnAChosenPortThatIsTakenAndRunsWithoutAnotherOne() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      Settings chosen = RunningGateway.with("ADMIN_PORT", taken.getLocalPort()).settings();

      assertThatThrownBy(() -> AdminServer.startIfOn(chosen, parts(gateway)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the address is in use; choose another ADMIN_PORT");
      assertThat(
              AdminServer.startIfOn(
                  RunningGateway.with("ADMIN_PORT", 0).settings(), parts(gateway)))
          .isEmpty();
    }
  }

  private static AdminServer.Parts parts(RunningGateway gateway) throws IOException {
    Clock clock = Clock.systemUTC();
    return new AdminServer.Parts(
        gateway.gateway(),
        OperatorControls.open(Optional.empty(), clock),
        new LiveFeed(clock),
        List.of(),
        gateway.view(),
        event -> {},
        clock,
        Transport.best());
  }

  @Test
  void showsEventsAsTheyHappenUntilItIsClosed() {
    try (RunningGateway gateway = withToken().start();
        TestClient watching =
            AdminClient.of(gateway).bearer(TOKEN).open("GET", "/api/v1/events", Optional.empty())) {
      assertThat(watching.status()).isEqualTo(200);
      assertThat(watching.head()).contains("text/event-stream");
      gateway.connect("Origin: https://evil.example").close();

      String events = readUntil(watching, "INVALID_ORIGIN\"");
      assertThat(events)
          .contains("event: security\ndata: {\"timestamp\":")
          .contains("\"event\":\"WS_CONNECTION_BLOCKED_INVALID_ORIGIN\"");
    }
  }

  private static String readUntil(TestClient client, String part) {
    try {
      StringBuilder text = new StringBuilder();
      while (text.indexOf(part, text.length() - part.length()) < 0) {
        byte[] next = client.readRaw(1);
        assertThat(next).as("the stream went on after %s", text).hasSize(1);
        text.append((char) next[0]);
      }
      return text.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** It costs the gateway a bounded number of bytes, and it is told what it missed. */
  @Test
  void leavesOutWhatASubscriberDoesNotRead() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start();
        TestClient slow = AdminClient.of(gateway).open("GET", "/api/v1/events", Optional.empty())) {
      await("the subscription")
          .atMost(Duration.ofSeconds(10))
          .until(() -> gateway.feed().isWatched());
      String large = '"' + "x".repeat(64 * 1024) + '"';
      for (int i = 0; i < 1_000; i++) {
        gateway.feed().publish("filler", () -> large);
      }
      readUntil(slow, "event: filler");
      gateway.feed().publish("filler", () -> large);

      String lost = readUntil(slow, "event: lost\ndata: {\"events\":");
      assertThat(lost.length()).isLessThan(32 << 20);
    }
  }

  @Test
  void hasABoundedNumberOfSubscribers() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start()) {
      AdminClient client = AdminClient.of(gateway);
      List<TestClient> watching = new ArrayList<>();
      for (int i = 0; i < LiveFeed.MOST_SUBSCRIBERS; i++) {
        watching.add(client.open("GET", "/api/v1/events", Optional.empty()));
      }
      assertThat(watching).allMatch(one -> one.status() == 200);

      assertThat(client.get("/api/v1/events").status()).isEqualTo(503);
      watching.getFirst().close();
      await("a place to be free")
          .atMost(Duration.ofSeconds(10))
          .until(() -> {
            try (TestClient again = client.open("GET", "/api/v1/events", Optional.empty())) {
              return again.status() == 200;
            }
          });
      watching.forEach(TestClient::close);
    }
  }
}
