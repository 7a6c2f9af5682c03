package io.donna.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.SettableClock;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/** What an operator does is in force at once, for those who come and for those who are here. */
class OperatorApiTest {
  private static final String REASON = "\"reason\":\"abuse of the service\"";
  private static final String ENDED =
      "\"error\":{\"type\":\"gateway_error\",\"code\":\"ended_by_operator\","
          + "\"message\":\"abuse of the service\"";

  @TempDir private Path folder;

  private static RunningGateway start() {
    return RunningGateway.withoutUpstream().admin().start();
  }

  private static TestClient signIn(RunningGateway gateway, String subject) {
    return gateway.connect().authenticate(RunningGateway.token(subject));
  }

  private static void assertEnded(TestClient client) {
    assertThat(client.readText()).contains(ENDED);
    var close = client.read();
    assertThat(close.closeCode()).isEqualTo(4030);
    assertThat(close.closeReason()).isEqualTo("Ended by an operator");
  }

  private static void assertGoesOn(TestClient client) {
    client.send("{\"type\":\"response.create\"}");
    assertThat(client.readText()).contains("not_connected");
  }

  @Test
  void turnsTheProxyOffAndOnAgain() {
    try (RunningGateway gateway = start();
        TestClient live = signIn(gateway, "ann")) {
      AdminClient client = AdminClient.of(gateway);

      AdminClient.Answer off = client.put("/api/v1/switch", "{\"enabled\":false," + REASON + "}");

      assertThat(off.body())
          .isEqualTo(
              "{\"enabled\":false,\"enabled_by_settings\":true,\"kept\":false,\"shared\":false,\"ended\":0}");
      assertThat(gateway.get("/test").statusCode()).isEqualTo(503);
      assertThat(gateway.get("/health").body()).contains("\"websocket_proxy\":false");
      try (TestClient late = gateway.connect()) {
        assertThat(late.status()).isEqualTo(503);
      }
      assertGoesOn(live);
      client.put("/api/v1/switch", "{\"enabled\":true," + REASON + "}");
      assertThat(gateway.get("/test").statusCode()).isEqualTo(200);
      gateway.awaitLog(
          "ADMIN_ACTION: {\"ip\":\"127.0.0.xxx\",\"actor\":\"local\",\"action\":\"switch_off\","
              + "\"target\":\"proxy\",\"reason\":\"abuse of the service\"}");
    }
  }

  @Test
  void endsTheLiveSessionsWithTheSwitchIfAsked() {
    try (RunningGateway gateway = start();
        TestClient live = signIn(gateway, "ann")) {
      AdminClient.Answer off =
          AdminClient.of(gateway)
              .put("/api/v1/switch", "{\"enabled\":false,\"end_sessions\":true," + REASON + "}");

      assertThat(off.json().get("ended").asInt()).isEqualTo(1);
      assertEnded(live);
    }
  }

  @Test
  void cannotTurnOnWhatTheSettingsHaveOff() {
    try (RunningGateway gateway = RunningGateway.with("ENABLE_WS_PROXY", false).admin().start()) {
      assertThat(
              AdminClient.of(gateway)
                  .put("/api/v1/switch", "{\"enabled\":true," + REASON + "}")
                  .status())
          .isEqualTo(409);
      assertThat(gateway.get("/test").statusCode()).isEqualTo(503);
    }
  }

  @Test
  void blocksAUserWhoIsHereAndWhoComesBack() {
    try (RunningGateway gateway = start();
        TestClient ann = signIn(gateway, "ann");
        TestClient bob = signIn(gateway, "bob")) {
      String secret =
          gateway
              .askForSecret("{}", RunningGateway.token("ann"))
              .body()
              .replaceAll(".*\"value\":\"([^\"]*)\".*", "$1");
      AdminClient client = AdminClient.of(gateway);

      AdminClient.Answer block =
          client.post("/api/v1/blocks", "{\"user\":\"ann\",\"seconds\":600," + REASON + "}");

      assertThat(block.status()).isEqualTo(201);
      assertThat(block.json().get("ended").asInt()).isEqualTo(1);
      assertEnded(ann);
      assertGoesOn(bob);
      try (TestClient again = gateway.connect()) {
        again.send("{\"type\":\"authenticate\",\"token\":\"" + RunningGateway.token("ann") + "\"}");
        assertThat(again.readText()).contains("Invalid token");
      }
      gateway.awaitLog("\"error\":\"user blocked\"");
      assertThat(gateway.askForSecret("{}", RunningGateway.token("ann")).statusCode())
          .isEqualTo(401);
      try (TestClient bySecret = gateway.connectDropIn("Authorization: Bearer " + secret)) {
        assertThat(bySecret.readText()).contains("invalid_api_key");
      }
      String id = block.json().get("id").asString();
      assertThat(client.delete("/api/v1/blocks/" + id + "?reason=mistake").status()).isEqualTo(200);
      signIn(gateway, "ann").close();
      assertThat(client.get("/api/v1/blocks").json().get("total").asInt()).isZero();
      assertThat(client.delete("/api/v1/blocks/" + id + "?reason=mistake").status()).isEqualTo(404);
    }
  }

  /** Whatever a token may contain: whoever is let in by a name must not be out of reach by it. */
  @ParameterizedTest
  @MethodSource("strangeNames")
  void reachesUsersOfEveryNameThatIsLetIn(String name) {
    try (RunningGateway gateway = start();
        TestClient ended = signIn(gateway, name)) {
      AdminClient client = AdminClient.of(gateway);
      String json = ASCII.writeValueAsString(name);

      assertThat(
              client
                  .post("/api/v1/sessions/end", "{\"user\":" + json + "," + REASON + "}")
                  .json()
                  .path("ended")
                  .asInt())
          .isEqualTo(1);
      assertEnded(ended);
      try (TestClient blocked = signIn(gateway, name)) {
        assertThat(client.post("/api/v1/blocks", "{\"user\":" + json + "," + REASON + "}").status())
            .isEqualTo(201);
        assertEnded(blocked);
      }
      assertThat(
              client.post("/api/v1/revocations", "{\"sub\":" + json + "," + REASON + "}").status())
          .isEqualTo(201);
      assertThat(gateway.log())
          .noneMatch(line -> line.chars().anyMatch(c -> c < ' ' || c == 0x85 || c == 0x202e));
    }
  }

  private static final JsonMapper ASCII =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  static List<String> strangeNames() {
    return List.of(
        "x".repeat(1_024), " ", "mallory\n", "\u0000", "\u0085", "\u202emallory", "0.0.0.0/0");
  }

  /** Blocks of an address hold however it is written, and wherever it comes from. */
  @ParameterizedTest
  @CsvSource({
    "203.0.113.9, 203.0.113.9/32, 203.0.113.9",
    "203.0.113.9, 203.0.113.9/32, ::ffff:203.0.113.9",
    "::ffff:203.0.113.9, 203.0.113.9/32, 203.0.113.9",
    "::FFFF:cb00:7109, 203.0.113.9/32, [::ffff:cb00:7109]:443",
    "::ffff:203.0.113.0/120, 203.0.113.0/24, 203.0.113.200",
    "203.0.113.0/24, 203.0.113.0/24, 203.0.113.200:55",
    "2001:db8:1:2::1, 2001:db8:1:2:0:0:0:1/64, 2001:DB8:1:2:ffff::7",
    "2001:db8:1:2::/64, 2001:db8:1:2:0:0:0:0/64, 2001:0db8:0001:0002::",
  })
  void blocksEverySpellingOfAnAddress(String blocked, String target, String client) {
    try (RunningGateway gateway =
        RunningGateway.with("TRUSTED_PROXIES", "127.0.0.0/8").admin().start()) {
      String header = "X-Forwarded-For: " + client;
      TestClient live = gateway.connect(header).authenticate();

      AdminClient.Answer block =
          AdminClient.of(gateway)
              .post("/api/v1/blocks", "{\"address\":\"" + blocked + "\"," + REASON + "}");

      assertThat(block.json().get("address").asString()).isEqualTo(target);
      assertEnded(live);
      live.close();
      try (TestClient again = gateway.connect(header);
          TestClient neighbour = gateway.connect("X-Forwarded-For: 198.51.100.1")) {
        assertThat(again.status()).isEqualTo(403);
        assertThat(again.body()).isEqualTo("{\"error\":\"Address blocked\"}");
        assertThat(neighbour.status()).isEqualTo(101);
      }
      assertThat(gateway.get("/test", "X-Forwarded-For", client).statusCode()).isEqualTo(403);
      assertThat(gateway.get("/health", "X-Forwarded-For", client).statusCode()).isEqualTo(200);
      assertThat(gateway.log()).anyMatch(line -> line.contains("WS_CONNECTION_BLOCKED_ADDRESS"));
      assertThat(gateway.log()).anyMatch(line -> line.contains("HTTP_BLOCKED_ADDRESS"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"address\":\"203.0.113.9/33\"",
        "\"address\":\"::ffff:203.0.113.9/95\"",
        "\"address\":\"0x7f.1\"",
        "\"address\":\"localhost\"",
        "\"address\":\"\"",
        "\"user\":\"\"",
        "\"user\":null",
        "\"user\":\"ann\",\"address\":\"203.0.113.9\"",
        "\"users\":\"ann\"",
        "\"user\":\"ann\",\"seconds\":0",
        "\"user\":\"ann\",\"seconds\":1.5",
        "\"user\":\"ann\",\"seconds\":99999999999"
      })
  void refusesBlocksOfNobody(String target) {
    try (RunningGateway gateway = start()) {
      AdminClient client = AdminClient.of(gateway);

      assertThat(client.post("/api/v1/blocks", "{" + target + "," + REASON + "}").status())
          .isEqualTo(400);
      assertThat(client.get("/api/v1/blocks").body()).isEqualTo("{\"items\":[],\"total\":0}");
    }
  }

  @Test
  void admitsAgainWhenTheBlockHasEnded() {
    SettableClock clock = new SettableClock();
    try (RunningGateway gateway = RunningGateway.withoutUpstream().clock(clock).admin().start()) {
      AdminClient client = AdminClient.of(gateway);
      client.post("/api/v1/blocks", "{\"address\":\"127.0.0.1\",\"seconds\":60," + REASON + "}");
      client.post("/api/v1/blocks", "{\"user\":\"ann\",\"seconds\":60," + REASON + "}");
      assertThat(gateway.get("/test").statusCode()).isEqualTo(403);

      clock.setAhead(Duration.ofSeconds(61));

      assertThat(gateway.get("/test").statusCode()).isEqualTo(200);
      signIn(gateway, "ann").close();
      assertThat(client.get("/api/v1/blocks").json().get("total").asInt()).isZero();
    }
  }

  @Test
  void revokesATokenAndAUserBesideThoseOfTheFile() throws IOException {
    Path file = Files.writeString(folder.resolve("revoked"), "{\"sub\":\"carl\"}\n");
    try (RunningGateway gateway =
            RunningGateway.with("JWT_REVOCATIONS_FILE", file).admin().start();
        TestClient ann =
            gateway.connect().authenticate(RunningGateway.token("ann", Map.of("jti", "a1")));
        TestClient bob = signIn(gateway, "bob")) {
      AdminClient client = AdminClient.of(gateway);

      client.post("/api/v1/revocations", "{\"jti\":\"a1\"," + REASON + "}");
      AdminClient.Answer byUser =
          client.post("/api/v1/revocations", "{\"sub\":\"bob\"," + REASON + "}");

      assertThat(ann.readText()).contains("Token revoked");
      assertThat(bob.readText()).contains("Token revoked");
      for (String user : new String[] {"bob", "carl"}) {
        try (TestClient again = gateway.connect()) {
          again.send(
              "{\"type\":\"authenticate\",\"token\":\"" + RunningGateway.token(user) + "\"}");
          assertThat(again.readText()).contains("Invalid token");
        }
      }
      assertThat(client.get("/api/v1/revocations").json().get("total").asInt()).isEqualTo(2);
      client.delete(
          "/api/v1/revocations/" + byUser.json().get("id").asString() + "?reason=mistake");
      signIn(gateway, "bob").close();
    }
  }

  @Test
  void changesLimitsForATime() {
    SettableClock clock = new SettableClock();
    try (RunningGateway gateway =
            RunningGateway.with("MAX_CONNECTIONS_PER_IP", 5)
                .with("RATE_LIMIT_MAX_REQUESTS", 1000)
                .clock(clock)
                .admin()
                .start();
        TestClient first = gateway.connect()) {
      assertThat(first.status()).isEqualTo(101);
      AdminClient client = AdminClient.of(gateway);

      AdminClient.Answer limits =
          client.put(
              "/api/v1/limits",
              "{\"connections_per_address\":1,\"requests\":2,\"seconds\":60," + REASON + "}");

      assertThat(limits.json().get("connections_per_address").asInt()).isEqualTo(1);
      try (TestClient second = gateway.connect()) {
        assertThat(second.status()).isEqualTo(429);
        assertThat(second.body()).contains("\"maxAllowed\":1");
      }
      assertThat(gateway.get("/test").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/test").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/test").statusCode()).isEqualTo(429);
      clock.setAhead(Duration.ofSeconds(61));
      assertThat(gateway.get("/test").statusCode()).isEqualTo(200);
      assertThat(client.get("/api/v1/limits").body())
          .isEqualTo(
              "{\"requests\":1000,\"window_ms\":60000,\"connections_per_address\":5,"
                  + "\"connections\":"
                  + gateway.gateway().gate().connectionLimits().total()
                  + ",\"until\":null}");
    }
  }

  @Test
  void restoresLimitsBeforeTheirTime() {
    try (RunningGateway gateway = start()) {
      AdminClient client = AdminClient.of(gateway);
      client.put("/api/v1/limits", "{\"connections\":0,\"seconds\":60," + REASON + "}");
      try (TestClient refused = gateway.connect()) {
        assertThat(refused.status()).isEqualTo(503);
      }

      assertThat(client.delete("/api/v1/limits?reason=over").status()).isEqualTo(200);

      gateway.connectReady().close();
    }
  }

  @Test
  void drainsAndTakesClientsAgain() {
    try (RunningGateway gateway = start();
        TestClient live = signIn(gateway, "ann")) {
      AdminClient client = AdminClient.of(gateway);

      AdminClient.Answer drain = client.put("/api/v1/drain", "{\"draining\":true," + REASON + "}");

      assertThat(drain.body()).isEqualTo("{\"draining\":true,\"connections\":1}");
      assertThat(gateway.get("/health").statusCode()).isEqualTo(503);
      try (TestClient late = gateway.connect()) {
        assertThat(late.status()).isEqualTo(503);
      }
      assertGoesOn(live);
      client.put("/api/v1/drain", "{\"draining\":false," + REASON + "}");
      assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
      gateway.connectReady().close();
    }
  }

  @Test
  void readsWatchedFilesAtOnceAndSaysWhatCameOfThem() throws IOException {
    Path file = Files.writeString(folder.resolve("revoked"), "");
    try (RunningGateway gateway =
            RunningGateway.with("JWT_REVOCATIONS_FILE", file).admin().start();
        TestClient ann = signIn(gateway, "ann")) {
      AdminClient client = AdminClient.of(gateway);
      Files.writeString(file, "{\"sub\":\"ann\"}\n");

      AdminClient.Answer good = client.post("/api/v1/reload", "{" + REASON + "}");

      assertThat(good.body())
          .isEqualTo(
              "{\"files\":[{\"setting\":\"JWT_REVOCATIONS_FILE\",\"paths\":[\""
                  + file
                  + "\"],\"in_force\":true,\"problem\":null}]}");
      assertThat(ann.readText()).contains("Token revoked");
      Files.writeString(file, "nonsense\n");
      AdminClient.Answer bad = client.post("/api/v1/reload", "{}");
      assertThat(bad.json().get("files").get(0).get("in_force").asBoolean()).isFalse();
      assertThat(bad.json().get("files").get(0).get("problem").asString()).contains("line 1");
      Files.delete(file);
      assertThat(client.post("/api/v1/reload", "{}").body()).contains("does not exist");
    }
  }

  @Test
  void endsOneSessionByItsIdInTheLog() {
    try (RunningGateway gateway = start();
        TestClient ann = signIn(gateway, "ann");
        TestClient bob = signIn(gateway, "bob")) {
      String id =
          gateway.fullLog().stream()
              .filter(line -> line.contains("WS_AUTH_SUCCESS") && line.contains("\"ann\""))
              .findFirst()
              .orElseThrow()
              .replaceAll(".*\"session\":\"([^\"]*)\".*", "$1");
      AdminClient client = AdminClient.of(gateway);

      AdminClient.Answer ended = client.post("/api/v1/sessions/" + id + "/end", "{" + REASON + "}");

      assertThat(ended.body()).isEqualTo("{\"ended\":1}");
      assertEnded(ann);
      assertGoesOn(bob);
      await("the session to be gone")
          .atMost(Duration.ofSeconds(10))
          .until(() -> gateway.gateway().connections() == 1);
      assertThat(client.post("/api/v1/sessions/" + id + "/end", "{" + REASON + "}").status())
          .isEqualTo(404);
    }
  }

  @Test
  void keepsTheReasonWithTheSessionThatItEnded() {
    String reason = "<b>" + "x".repeat(197);
    try (RunningGateway gateway = start();
        TestClient ann = signIn(gateway, "ann");
        TestClient bob = signIn(gateway, "bob")) {
      AdminClient client = AdminClient.of(gateway);
      String body = "{\"reason\":\"" + reason + "\"}";

      assertThat(client.post("/api/v1/users/ann/end", body.replace("xx", "xxx")).status())
          .isEqualTo(400); // longer than 200
      assertThat(client.post("/api/v1/users/ann/end", body).body()).isEqualTo("{\"ended\":1}");
      bob.sendClose(1000, "done");
      await("both to have ended")
          .atMost(Duration.ofSeconds(10))
          .until(() -> gateway.gateway().sessions().ended().size() == 2);

      var ended = client.get("/api/v1/sessions?state=ended&user=ann").json().at("/items/0");
      assertThat(ended.at("/end/code").asInt()).isEqualTo(4030);
      assertThat(ended.at("/end/reason").asString()).isEqualTo("Ended by an operator");
      assertThat(ended.at("/end/operatorReason").asString()).isEqualTo(reason);
      var detail = client.get("/api/v1/sessions/" + ended.get("id").asString()).json();
      assertThat(detail.at("/session/end/operatorReason").asString()).isEqualTo(reason);
      var other = client.get("/api/v1/sessions?state=ended&user=bob").json();
      assertThat(other.at("/items/0/end/operatorReason").isNull()).isTrue();
      assertThat(ann.status()).isEqualTo(101);
    }
  }

  @Test
  void endsTheUpstreamWithADropInSession() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).admin().start();
        TestClient sdk = gateway.connectDropInAs("ann")) {
      TestUpstream.Connection opened = upstream.take().accept();

      AdminClient.of(gateway).post("/api/v1/users/ann/end", "{" + REASON + "}");

      assertEnded(sdk);
      assertThat(opened.read().isClose()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/api/v1/users/auth0%7Cann%2F1/end, ''",
    "/api/v1/sessions/end, '\"user\":\"auth0|ann/1\",'",
    "/api/v1/sessions/end, '\"tenant\":\"acme\",'",
    "/api/v1/sessions/end, '\"tier\":\"gold\",'",
    "/api/v1/sessions/end, '\"address\":\"203.0.113.0/24\",'"
  })
  void endsAllSessionsOf(String path, String whom) {
    Map<String, Object> gold = Map.of("donna", Map.of("tenant", "acme", "tier", "gold"));
    try (RunningGateway gateway =
            RunningGateway.with("TRUSTED_PROXIES", "127.0.0.0/8").admin().start();
        TestClient meant =
            gateway
                .connect("X-Forwarded-For: 203.0.113.9")
                .authenticate(RunningGateway.token("auth0|ann/1", gold));
        TestClient other = gateway.connect("X-Forwarded-For: 203.0.114.9").authenticate()) {
      AdminClient.Answer ended = AdminClient.of(gateway).post(path, "{" + whom + REASON + "}");

      assertThat(ended.body()).isEqualTo("{\"ended\":1}");
      assertEnded(meant);
      assertGoesOn(other);
    }
  }

  @Test
  void listsWhatWasDoneTheNewestFirst() {
    try (RunningGateway gateway = start()) {
      AdminClient client = AdminClient.of(gateway);
      client.put("/api/v1/drain", "{\"draining\":true," + REASON + "}");
      client.put("/api/v1/drain", "{\"draining\":false," + REASON + "}");
      client.post("/api/v1/users/ann/end", "{" + REASON + "}");

      var first = client.get("/api/v1/actions?limit=1").json();
      assertThat(first.get("total").asInt()).isEqualTo(3);
      assertThat(first.get("next").asInt()).isEqualTo(1);
      assertThat(first.get("items").get(0).get("action").asString()).isEqualTo("end_sessions");
      assertThat(first.get("items").get(0).get("target").asString()).isEqualTo("user ann");
      assertThat(first.get("items").get(0).get("ip").asString()).isEqualTo("127.0.0.xxx");
      var drains = client.get("/api/v1/actions?action=drain&offset=0").json();
      assertThat(drains.get("total").asInt()).isEqualTo(1);
      assertThat(drains.has("next")).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=0",
        "limit=1001",
        "limit=x",
        "offset=-1",
        "limit=1&limit=2",
        "nonsense=1",
        "sort=age",
        "%zz=1"
      })
  void refusesQueriesThatItDoesNotKnow(String query) {
    try (RunningGateway gateway = start()) {
      assertThat(AdminClient.of(gateway).get("/api/v1/actions?" + query).status()).isEqualTo(400);
    }
  }
}
