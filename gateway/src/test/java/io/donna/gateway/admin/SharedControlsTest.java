package io.donna.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestRedis;
import io.donna.simulator.Simulator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator does at one replica is done at all of them. */
class SharedControlsTest {
  private static final Duration SOON = Duration.ofSeconds(3);
  private static final String REASON = "\"reason\":\"misuse\"";

  @AutoClose private final TestRedis redis = TestRedis.start();
  @AutoClose private final Simulator upstream = Simulator.builder().start();
  private final List<RunningGateway> replicas = new ArrayList<>();
  private final List<TestClient> clients = new ArrayList<>();

  @TempDir private Path folder;

  @AfterEach
  void stop() {
    clients.forEach(TestClient::close);
    replicas.forEach(RunningGateway::close);
  }

  private RunningGateway.Builder builder() {
    return RunningGateway.behind(upstream.uri())
        .with("REDIS_URL", redis.url())
        .with("REDIS_TIMEOUT_MS", 2_000)
        .admin();
  }

  private RunningGateway start() {
    RunningGateway replica = builder().start();
    replicas.add(replica);
    return replica;
  }

  private TestClient talk(RunningGateway replica, String user) {
    TestClient client = replica.connectDropInAs(user);
    clients.add(client);
    assertThat(client.readText()).contains("session.created");
    return client;
  }

  private static String block(RunningGateway replica, String user) {
    AdminClient.Answer answer =
        AdminClient.of(replica)
            .post("/api/v1/blocks", "{\"user\":\"" + user + "\",\"seconds\":600," + REASON + "}");
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    return answer.json().path("id").asString();
  }

  private static boolean isLetIn(RunningGateway replica, String user) {
    try (TestClient client = replica.connectDropInAs(user)) {
      return client.readText().contains("session.created");
    }
  }

  private static String blocksAt(RunningGateway replica) {
    return AdminClient.of(replica).get("/api/v1/blocks").body();
  }

  @Test
  void endsAndKeepsOutABlockedUserOnEveryReplica() {
    RunningGateway one = start();
    RunningGateway other = start();
    TestClient blocked = talk(other, "mallory");
    TestClient unconcerned = talk(other, "ann");

    String id = block(one, "mallory");

    assertThat(blocked.readText()).contains("ended_by_operator", "misuse");
    assertThat(blocked.readClose().closeCode()).isEqualTo(4030);
    assertThat(isLetIn(other, "mallory")).isFalse();
    unconcerned.send("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\"}}");
    assertThat(unconcerned.readText()).contains("session.updated");

    assertThat(AdminClient.of(other).delete("/api/v1/blocks/" + id + "?reason=pardoned").status())
        .as("by another operator, at another replica")
        .isEqualTo(200);
    await().atMost(SOON).until(() -> isLetIn(one, "mallory"));
    assertThat(isLetIn(other, "mallory")).isTrue();
  }

  @Test
  void tellsAReplicaThatStartsWhatIsInForce() {
    block(start(), "mallory");
    assertThat(
            AdminClient.of(replicas.getFirst())
                .put("/api/v1/switch", "{\"enabled\":false," + REASON + "}")
                .json()
                .path("shared")
                .asBoolean())
        .isTrue();

    RunningGateway late = start();

    await().atMost(SOON).until(() -> late.get("/test").statusCode() == 503);
    assertThat(blocksAt(late)).contains("mallory");
    AdminClient.of(late).put("/api/v1/switch", "{\"enabled\":true," + REASON + "}");
    await().atMost(SOON).until(() -> replicas.getFirst().get("/test").statusCode() == 200);
    assertThat(isLetIn(replicas.getFirst(), "mallory")).isFalse();
  }

  @Test
  void revokesATokenOnEveryReplica() {
    RunningGateway one = start();
    TestClient revoked = talk(start(), "mallory");

    AdminClient.of(one).post("/api/v1/revocations", "{\"sub\":\"mallory\"," + REASON + "}");

    assertThat(revoked.readText()).contains("token_revoked");
  }

  @Test
  void losesNoChangeOfTwoOperatorsAtOnce() throws InterruptedException {
    RunningGateway one = start();
    RunningGateway other = start();
    List<Thread> operators = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      String user = "user-" + i;
      RunningGateway replica = i % 2 == 0 ? one : other;
      operators.add(Thread.startVirtualThread(() -> block(replica, user)));
    }
    for (Thread operator : operators) {
      operator.join();
    }

    for (RunningGateway replica : replicas) {
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(AdminClient.of(replica).get("/api/v1/blocks").json().path("total").asInt())
                  .isEqualTo(12));
    }
  }

  @Test
  void keepsOutAtOnceAndTellsTheOthersWhenRedisIsBack() throws Exception {
    Path state = Files.createDirectory(folder.resolve("state"));
    RunningGateway one = builder().with("STATE_DIR", state).start();
    replicas.add(one);
    RunningGateway other = start();
    String before = block(one, "before");
    await().atMost(SOON).until(() -> blocksAt(other).contains("before"));
    redis.kill();

    AdminClient.Answer answer =
        AdminClient.of(one)
            .post("/api/v1/blocks", "{\"user\":\"meanwhile\",\"seconds\":600," + REASON + "}");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body()).contains("is in force on this replica");
    assertThat(isLetIn(one, "meanwhile")).isFalse();
    assertThat(isLetIn(other, "meanwhile")).isTrue();
    assertThat(AdminClient.of(one).delete("/api/v1/blocks/" + before + "?reason=pardoned").status())
        .isEqualTo(503);
    assertThat(isLetIn(one, "before")).as("nobody is let in unheard").isFalse();

    redis.restart(); // with nothing of what it knew
    await().atMost(Duration.ofSeconds(10)).until(() -> !isLetIn(other, "meanwhile"));
    assertThat(isLetIn(other, "before")).isFalse();
    assertThat(Files.readString(state.resolve("state.json"))).contains("before", "meanwhile");
  }
}
