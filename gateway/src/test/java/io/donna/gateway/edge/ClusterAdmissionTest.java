package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestRedis;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Three gateways that share a Redis are one to their clients. */
class ClusterAdmissionTest {
  private static final String BLOCK =
      "{\"address\":\"127.0.0.0/8\",\"seconds\":60,\"reason\":\"test\"}";
  private static final String SAY_HELLO =
      "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
          + "\"content\":[{\"type\":\"input_text\",\"text\":\"Hello!\"}]}}";
  private static final Duration SOON = Duration.ofSeconds(5);

  @AutoClose private final TestRedis redis = TestRedis.start();
  private final List<RunningGateway> replicas = new ArrayList<>();
  private final List<TestClient> clients = new ArrayList<>();

  @TempDir private Path folder;

  @AfterEach
  void stop() {
    clients.forEach(TestClient::close);
    replicas.forEach(RunningGateway::close);
  }

  private RunningGateway.Builder builder() {
    return RunningGateway.with("REDIS_URL", redis.url()).with("REDIS_TIMEOUT_MS", 2_000);
  }

  private void start(int number, RunningGateway.Builder builder) {
    for (int i = 0; i < number; i++) {
      replicas.add(builder.start());
    }
    awaitReplicas(number);
  }

  private void awaitReplicas(int number) {
    await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> replicas.stream().allMatch(replica -> replicasKnown(replica) == number));
  }

  private static double replicasKnown(RunningGateway replica) {
    return metric(replica, "donna_cluster_replicas");
  }

  private static double metric(RunningGateway replica, String name) {
    Matcher line =
        Pattern.compile("(?m)^" + name + " (.*)$").matcher(replica.gateway().telemetry().text());
    assertThat(line.find()).as(name).isTrue();
    return Double.parseDouble(line.group(1));
  }

  private void awaitAnswering(boolean answering) {
    await()
        .atMost(SOON)
        .until(() ->
            replicas.stream()
                .allMatch(
                    replica -> metric(replica, "donna_cluster_answering") == (answering ? 1 : 0)));
  }

  private TestClient connect(int replica) {
    TestClient client = replicas.get(replica).connect();
    clients.add(client);
    return client;
  }

  @Test
  void refusesTheFourthConnectionOfAnAddressWhicheverReplicaItComesTo() {
    start(3, builder().with("MAX_CONNECTIONS_PER_IP", 3));
    for (int i = 0; i < 3; i++) {
      assertThat(connect(i).status()).isEqualTo(101);
    }

    for (int i = 0; i < 3; i++) {
      assertThat(connect(i).status()).isEqualTo(429);
      replicas
          .get(i)
          .awaitLog(
              "WS_CONNECTION_BLOCKED_CONNECTION_LIMIT:"
                  + " {\"ip\":\"127.0.0.xxx\",\"currentConnections\":3,\"maxAllowed\":3}");
    }

    clients.getFirst().close();
    await().atMost(SOON).until(() -> connect(2).status() == 101);
    assertThat(connect(1).status()).isEqualTo(429);
  }

  @Test
  void answersExactlyAsManyRequestsAsTheRateAllows() throws Exception {
    start(3, builder().with("RATE_LIMIT_MAX_REQUESTS", 20));
    List<Future<HttpResponse<String>>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(12)) {
      for (int i = 0; i < 60; i++) {
        RunningGateway replica = replicas.get(i % 3);
        answers.add(threads.submit(() -> replica.get("/test")));
      }
    }
    int allowed = 0;
    for (Future<HttpResponse<String>> answer : answers) {
      allowed += answer.get().statusCode() == 200 ? 1 : 0;
    }

    assertThat(allowed).isEqualTo(20);
    HttpResponse<String> refused = replicas.getFirst().get("/test");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("RateLimit-Limit")).hasValue("20");
    assertThat(refused.headers().firstValue("RateLimit-Remaining")).hasValue("0");
    assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow()).isBetween(1L, 60L);
  }

  @Test
  void opensExactlyAsManyWebSocketsAsTheRateAllows() {
    start(3, builder().with("RATE_LIMIT_MAX_REQUESTS", 7));

    List<Integer> statuses = IntStream.range(0, 12).mapToObj(i -> connect(i % 3).status()).toList();

    assertThat(statuses).startsWith(101, 101, 101, 101, 101, 101, 101).containsOnly(101, 429);
    assertThat(statuses.subList(7, 12)).containsOnly(429);
  }

  private RunningGateway.Builder withOneSessionPerUser(Simulator upstream) throws IOException {
    String policy =
        "default_tier: one\ntiers:\n  one: {limits: {sessions_per_user: 1}, models: {allowed: [gpt-realtime-2.1], default: gpt-realtime-2.1}}";
    Path file = Files.writeString(folder.resolve("policy.yaml"), policy);
    return builder().upstream(upstream.uri()).with("POLICY_FILE", file);
  }

  @Test
  void givesAUserOneSessionOnAllReplicas() throws IOException {
    try (Simulator upstream = Simulator.builder().start()) {
      start(2, withOneSessionPerUser(upstream));
      TestClient first = replicas.get(0).connectDropInAs("ann");
      clients.add(first);
      assertThat(first.readText()).contains("session.created");

      TestClient second = replicas.get(1).connectDropInAs("ann");
      clients.add(second);
      assertThat(second.readText()).contains("too_many_sessions");
      assertThat(second.readClose().closeCode()).isEqualTo(4029);
      TestClient ofOther = replicas.get(1).connectDropInAs("bea");
      clients.add(ofOther);
      assertThat(ofOther.readText()).contains("session.created");

      first.close();
      await().atMost(SOON).until(() -> isWelcome(replicas.get(1)));
    }
  }

  @Test
  void knowsABudgetThatWasUsedUpOnAnotherReplica() throws IOException {
    String policy =
        "default_tier: small\ntiers:\n  small: {budgets: [{per: user, window: month, tokens: 5}]}";
    Path file = Files.writeString(folder.resolve("budget.yaml"), policy);
    try (Simulator upstream = Simulator.builder().speed(40).start()) {
      start(2, builder().upstream(upstream.uri()).with("POLICY_FILE", file));
      TestClient spending = replicas.get(0).connectDropInAs("ann");
      clients.add(spending);
      assertThat(spending.readText()).contains("session.created");
      TestClient elsewhere = replicas.get(1).connectDropInAs("ann");
      clients.add(elsewhere);
      assertThat(elsewhere.readText()).contains("session.created");
      spending.send(SAY_HELLO);
      spending.send("{\"type\":\"response.create\"}");
      assertThat(spending.readClose().closeCode()).isEqualTo(4029);

      await()
          .atMost(SOON)
          .until(() -> {
            try (TestClient again = replicas.get(1).connectDropInAs("ann")) {
              return again.readText().contains("budget_exceeded");
            }
          });
      elsewhere.send(SAY_HELLO);
      elsewhere.send("{\"type\":\"response.create\"}");
      assertThat(elsewhere.readClose().closeCode()).isEqualTo(4029);
    }
  }

  private static boolean isWelcome(RunningGateway replica) {
    try (TestClient client = replica.connectDropInAs("ann")) {
      return client.readText().contains("session.created");
    }
  }

  /** What a client sends while other replicas are asked is neither lost nor early. */
  @Test
  void relaysWhatWasSentBeforeTheSessionWasCounted() throws IOException {
    try (Simulator upstream = Simulator.builder().speed(40).start()) {
      start(1, withOneSessionPerUser(upstream));
      TestClient client = replicas.getFirst().connectDropInAs("ann");
      clients.add(client);
      client.send("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\"}}");

      assertThat(client.readText()).contains("session.created");
      assertThat(client.readText()).contains("session.updated");
    }
  }

  @Test
  void goesOnByItsShareWhileRedisIsGoneAndCountsTogetherWhenItIsBack() throws IOException {
    try (Simulator upstream = Simulator.builder().start()) {
      start(3, builder().upstream(upstream.uri()).with("MAX_CONNECTIONS_PER_IP", 6));
      TestClient live = replicas.getFirst().connectDropInAs("ann");
      clients.add(live);
      assertThat(live.readText()).contains("session.created");

      redis.kill();
      awaitAnswering(false);
      assertThat(connect(0).status()).isEqualTo(101);
      assertThat(connect(0).status()).as("its share is two").isEqualTo(429);
      assertThat(connect(1).status()).isEqualTo(101);
      assertThat(connect(1).status()).isEqualTo(101);
      assertThat(connect(1).status()).isEqualTo(429);
      live.send("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\"}}");
      assertThat(live.readText()).contains("session.updated");

      redis.restart(); // with nothing of what it knew
      awaitAnswering(true);
      awaitReplicas(3);
      assertThat(connect(2).status()).isEqualTo(101);
      assertThat(connect(2).status()).as("the sixth of the address").isEqualTo(101);
      assertThat(connect(2).status()).isEqualTo(429);
    }
  }

  @Test
  void waitsNoLongerThanItsTimeForARedisThatHangs() {
    start(2, builder().with("REDIS_TIMEOUT_MS", 100).with("MAX_CONNECTIONS_PER_IP", 100));
    redis.pause();
    try {
      long begun = System.nanoTime();
      for (int i = 0; i < 10; i++) {
        assertThat(connect(i % 2).status()).isEqualTo(101);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .as("three claims of each replica wait at most")
          .isLessThan(Duration.ofSeconds(3));
      awaitAnswering(false);
    } finally {
      redis.resume();
    }
    awaitAnswering(true);
  }

  @Test
  void refusesNewSessionsWhileRedisIsGoneIfItIsToFailClosed() {
    start(1, builder().with("REDIS_FAILURE", "closed").admin());
    assertThat(connect(0).status()).isEqualTo(101);

    redis.kill();
    awaitAnswering(false);

    assertThat(connect(0).status()).isEqualTo(503);
    assertThat(replicas.getFirst().get("/test").statusCode()).isEqualTo(503);
    assertThat(AdminClient.of(replicas.getFirst()).get("/readyz").body())
        .contains("cluster does not answer");
  }

  /** Whoever is blocked while other replicas are asked is not let in by their answer. */
  @Test
  void keepsOutWhoeverIsBlockedBeforeTheAnswerOfOtherReplicas() throws Exception {
    start(1, builder().with("REDIS_TIMEOUT_MS", 10_000).admin());
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      redis.pause();
      Future<Integer> asked = threads.submit(() -> connect(0).status());
      try {
        AdminClient operator = AdminClient.of(replicas.getFirst());
        assertThat(operator.post("/api/v1/blocks", BLOCK).status())
            .as("in force here, and not shared")
            .isEqualTo(503);
        assertThat(asked.isDone()).isFalse();
      } finally {
        redis.resume();
      }

      assertThat(asked.get()).isEqualTo(403);
      replicas.getFirst().awaitNoConnections();
    }
  }

  static Stream<Arguments> uselessServers() {
    return Stream.of(
        Arguments.of("wrong password", new String[] {"--requirepass", "another"}),
        Arguments.of("full", new String[] {"--maxmemory", "1"}),
        Arguments.of("read-only", new String[] {"--replicaof", "127.0.0.1", "1"}));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("uselessServers")
  void goesOnByItselfWhereRedisTakesNothing(String kind, String[] options) {
    try (TestRedis useless = TestRedis.start(options)) {
      String url = "redis://:wrong@127.0.0.1:" + useless.port();
      replicas.add(
          builder()
              .with("REDIS_URL", kind.equals("wrong password") ? url : useless.url())
              .with("MAX_CONNECTIONS_PER_IP", 2)
              .start());

      assertThat(metric(replicas.getFirst(), "donna_cluster_answering")).isZero();
      assertThat(connect(0).status()).isEqualTo(101);
      assertThat(connect(0).status()).isEqualTo(101);
      assertThat(connect(0).status()).isEqualTo(429);
    }
  }

  /** What docs/cluster.md has an operator grant is enough. */
  @Test
  void needsNoMoreRightsThanTheDocumentsGrant() throws IOException {
    Matcher documented =
        Pattern.compile("(?m)^ACL SETUSER donna (.*)$")
            .matcher(Files.readString(Path.of("../docs/cluster.md")));
    assertThat(documented.find()).isTrue();
    String rights = documented.group(1).replace(">PASSWORD", ">secret");
    try (TestRedis guarded =
        TestRedis.start(
            Stream.concat(Stream.of("--user", "donna"), Stream.of(rights.split(" ")))
                .toArray(String[]::new))) {
      start(
          2,
          builder()
              .with("REDIS_URL", "redis://donna:secret@127.0.0.1:" + guarded.port() + "/3")
              .with("MAX_CONNECTIONS_PER_IP", 1));
      awaitAnswering(true);
      assertThat(connect(0).status()).isEqualTo(101);
      assertThat(connect(1).status()).isEqualTo(429);
    }
  }
}
