package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.event.Json;
import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestRedis;
import io.donna.gateway.kit.TestUpstream;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A replica that stops asks its clients to go on at another, and cuts no turn for it. */
class HandoverTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final int SERVICE_RESTART = 1012;
  private static final String ASK =
      """
      {"type":"response.create","response":{"output_modalities":["text"],"input":[{"type":"message",\
      "role":"user","content":[{"type":"input_text","text":"Hello"}]}]}}\
      """;
  private static final String CREATED = "{\"type\":\"session.created\",\"session\":{}}";

  @TempDir private Path folder;
  @AutoClose private final TestRedis redis = TestRedis.start();
  @AutoClose private final TestUpstream upstream = TestUpstream.start();
  private final List<RunningGateway> replicas = new ArrayList<>();
  private final List<TestClient> clients = new ArrayList<>();

  HandoverTest() throws IOException {}

  @AfterEach
  void stop() {
    clients.forEach(TestClient::close);
    replicas.forEach(RunningGateway::close);
  }

  private RunningGateway start(String policy) {
    return start(policy, upstream.uri());
  }

  private RunningGateway start(String policy, URI model) {
    try {
      RunningGateway replica =
          RunningGateway.behind(model)
              .with("REDIS_URL", redis.url())
              .with("REDIS_TIMEOUT_MS", 2_000)
              .with("MAX_CONNECTIONS_PER_IP", 100)
              .with("RATE_LIMIT_MAX_REQUESTS", 1_000)
              .with("SHUTDOWN_HANDOVER", true)
              .with("SHUTDOWN_GRACE_MS", 20_000)
              .with("POLICY_FILE", Files.writeString(folder.resolve("policy.yaml"), policy))
              .admin()
              .start();
      replicas.add(replica);
      return replica;
    } catch (IOException unwritable) {
      throw new AssertionError(unwritable);
    }
  }

  private static String tier(String rules) {
    return "default_tier: t\ntiers:\n  t: {models: {allowed: [gpt-realtime-2.1], default: gpt-realtime-2.1}, "
        + rules
        + "}";
  }

  private void awaitBoth() {
    await()
        .atMost(SOON)
        .until(() -> replicas.stream().allMatch(it -> it.gateway().cluster().replicas() == 2));
  }

  private TestClient keep(TestClient client) {
    clients.add(client);
    return client;
  }

  private static void drain(RunningGateway replica) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            replica.gateway().drain();
          } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static JsonNode json(String text) {
    return Json.ofDocuments(16).read(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String authenticate(String token) {
    return "{\"type\":\"authenticate\",\"token\":\"" + token + "\"}";
  }

  /** Takes a client from the gateway's own dialogue to an upstream that has answered. */
  private TestUpstream.Connection connect(TestClient client) throws IOException {
    client.send("{\"type\":\"connect_realtime\"}");
    TestUpstream.Connection opened = upstream.take().accept();
    opened.send(CREATED);
    client.readUntil("session.created");
    return opened;
  }

  private static String readResumeToken(TestClient client) {
    JsonNode reconnect = json(client.readUntil("reconnect"));
    assertThat(reconnect.path("after_ms").asLong(-1)).isBetween(0L, 2_000L);
    assertThat(client.readClose().closeCode()).isEqualTo(SERVICE_RESTART);
    return reconnect.path("resume").asString();
  }

  private static boolean isLetIn(TestClient client, String token) {
    client.send(authenticate(token));
    return client.readText().contains("auth_success");
  }

  @Test
  void goesOnAtAnotherReplicaAsWhoItWas() {
    try (Simulator model = Simulator.builder().start()) {
      String policy = tier("budgets: [{per: session, tokens: 200}]");
      RunningGateway one = start(policy, model.uri());
      RunningGateway other = start(policy, model.uri());
      TestClient client = keep(one.connectRealtime());
      client.readUntil("session.created");
      client.send(ASK); // more than half of what the session may spend
      client.readUntil("response.done");

      drain(one);
      String token = readResumeToken(client);

      assertThat(
              new String(
                  Base64.getUrlDecoder().decode(token.split("\\.", -1)[3]),
                  StandardCharsets.ISO_8859_1))
          .as("the token's claims")
          .doesNotContain("spent", "sub");
      TestClient resumed = keep(other.connect());
      assertThat(isLetIn(resumed, token)).isTrue();
      assertThat(other.log()).anyMatch(line -> line.matches(".*WS_AUTH_SUCCESS.*\"user123\".*"));
      resumed.connectRealtime().readUntil("session.created");
      resumed.send(ASK);
      resumed.readUntil("response.done");
      resumed.send(ASK);
      assertThat(resumed.readUntil("error")).contains("budget_exceeded");
    }
  }

  @Test
  void acceptsATokenOnceAmongAllReplicas() {
    RunningGateway one = start(tier("limits: {}"));
    RunningGateway other = start(tier("limits: {}"));
    RunningGateway third = start(tier("limits: {}"));
    TestClient client = keep(one.connectReady());
    drain(one);
    String token = readResumeToken(client);
    assertThat(isLetIn(keep(other.connect()), token)).isTrue();

    assertThat(isLetIn(keep(other.connect()), token)).as("here").isFalse();
    assertThat(isLetIn(keep(third.connect()), token)).as("elsewhere").isFalse();
    assertThat(third.log()).anyMatch(line -> line.contains("resume token used before"));
  }

  @Test
  void keepsItsPlaceWhoeverComesMeanwhile() {
    RunningGateway one = start(tier("limits: {sessions_per_user: 1}"));
    RunningGateway other = start(tier("limits: {sessions_per_user: 1}"));
    awaitBoth();
    TestClient client = keep(one.connectReady());
    drain(one);
    String token = readResumeToken(client);
    await().atMost(SOON).until(() -> isReady(keep(other.connectReady())));

    TestClient resumed = keep(other.connect());
    assertThat(isLetIn(resumed, token)).isTrue();
    assertThat(isReady(resumed)).isTrue();
    assertThat(isReady(keep(other.connectReady()))).as("another of the same user").isFalse();
  }

  /** Whether the session may connect: its next message is answered by the gateway, not refused. */
  private static boolean isReady(TestClient client) {
    client.send("{\"type\":\"response.create\"}");
    return client.readText().contains("not_connected");
  }

  @Test
  void lastsNoLongerForBeingHandedOver() throws Exception {
    RunningGateway one = start(tier("limits: {session_seconds: 4}"));
    RunningGateway other = start(tier("limits: {session_seconds: 4}"));
    TestClient client = keep(one.connectReady());
    long begun = System.nanoTime();
    connect(client);
    Thread.sleep(2_000);
    drain(one);
    TestClient resumed = keep(other.connect());
    assertThat(isLetIn(resumed, readResumeToken(client))).isTrue();
    connect(resumed);

    assertThat(resumed.readUntil("error")).contains("session_expired");
    assertThat(System.nanoTime() - begun).isLessThan(Duration.ofMillis(5_500).toNanos());
  }

  @Test
  void refusesATokenThatIsNotItsOwn() {
    RunningGateway one = start(tier("limits: {}"));
    RunningGateway other = start(tier("limits: {}"));
    TestClient client = keep(one.connectReady());
    TestClient revoked = keep(one.connectReady());
    TestClient talking = keep(other.connectReady());
    drain(one);
    String token = readResumeToken(client);
    String tokenOfRevoked = readResumeToken(revoked);

    try (TestClient dropIn = other.connectDropIn("Authorization: Bearer " + token)) {
      assertThat(dropIn.readText()).contains("invalid_api_key");
    }
    assertThat(isLetIn(keep(other.connect()), token.substring(0, token.length() - 4) + "AAAA"))
        .as("forged")
        .isFalse();
    assertThat(isLetIn(talking, token)).as("for a session that has begun").isFalse();
    assertThat(
            AdminClient.of(other)
                .post("/api/v1/revocations", "{\"sub\":\"user123\",\"reason\":\"lost\"}")
                .status())
        .isEqualTo(201);
    assertThat(isLetIn(keep(other.connect()), tokenOfRevoked)).as("of a revoked user").isFalse();
    assertThat(other.log()).anyMatch(line -> line.contains("revoked"));
  }

  @Test
  void cutsNoAnswerOfADropInSession() throws Exception {
    RunningGateway one = start(tier("limits: {}"));
    TestClient client = keep(one.connectDropInAs("ann"));
    TestUpstream.Connection opened = upstream.take().accept();
    opened.send(CREATED);
    client.readUntil("session.created");
    client.send("{\"type\":\"response.create\"}");
    opened.send("{\"type\":\"response.created\",\"response\":{\"id\":\"r1\"}}");
    client.readUntil("response.created");

    drain(one);
    Thread.sleep(800); // an answer is being made
    byte[] second = new byte[48_000];
    opened.send(
        "{\"type\":\"response.output_audio.delta\",\"response_id\":\"r1\",\"delta\":\"%s\"}"
            .formatted(Base64.getEncoder().encodeToString(second)));
    long heard = System.nanoTime();
    opened.send(
        "{\"type\":\"response.done\",\"response\":{\"id\":\"r1\",\"status\":\"completed\"}}");
    client.readUntil("response.done");

    Frame close = client.readClose();
    assertThat(close.closeCode()).isEqualTo(SERVICE_RESTART);
    assertThat(close.closeReason()).isEqualTo("Go on at another replica");
    assertThat(System.nanoTime() - heard)
        .as("a second of speech is heard out")
        .isBetween(Duration.ofMillis(900).toNanos(), SOON.toNanos());
  }

  @Test
  void cutsNobodyOffWhoSpeaks() throws Exception {
    RunningGateway one = start(tier("limits: {}"));
    TestClient client = keep(one.connectDropInAs("ann"));
    TestUpstream.Connection opened = upstream.take().accept();
    opened.send(CREATED);
    opened.send("{\"type\":\"input_audio_buffer.speech_started\"}");
    client.readUntil("input_audio_buffer.speech_started");

    drain(one);
    Thread.sleep(800);
    opened.send("{\"type\":\"input_audio_buffer.speech_stopped\"}");
    client.readUntil("input_audio_buffer.speech_stopped");
    opened.send("{\"type\":\"response.created\",\"response\":{\"id\":\"r1\"}}");
    opened.send(
        "{\"type\":\"response.done\",\"response\":{\"id\":\"r1\",\"status\":\"completed\"}}");
    client.readUntil("response.done");

    assertThat(client.readClose().closeCode()).isEqualTo(SERVICE_RESTART);
  }

  @Test
  void tellsAClientThatHasNotAuthenticatedToComeAgain() {
    RunningGateway one = start(tier("limits: {}"));
    TestClient client = keep(one.connect());

    drain(one);

    assertThat(json(client.readUntil("reconnect")).has("resume")).isFalse();
    assertThat(client.readClose().closeCode()).isEqualTo(SERVICE_RESTART);
  }
}
