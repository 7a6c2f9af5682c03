package io.donna.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestRedis;
import io.donna.simulator.Simulator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What operators change while Redis comes, goes and forgets. */
class SharedControlsOutageTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String REASON = "\"reason\":\"misuse\"";

  @AutoClose private final TestRedis redis = TestRedis.start();
  @AutoClose private final Simulator upstream = Simulator.builder().start();
  private final List<RunningGateway> replicas = new ArrayList<>();
  private final List<TestClient> clients = new ArrayList<>();

  @AfterEach
  void stop() {
    clients.forEach(TestClient::close);
    replicas.forEach(RunningGateway::close);
  }

  private RunningGateway start() {
    RunningGateway replica =
        RunningGateway.behind(upstream.uri())
            .with("REDIS_URL", redis.url())
            .with("REDIS_TIMEOUT_MS", 2_000)
            .admin()
            .start();
    replicas.add(replica);
    return replica;
  }

  private static AdminClient.Answer block(RunningGateway replica, String user) {
    return AdminClient.of(replica)
        .post("/api/v1/blocks", "{\"user\":\"" + user + "\",\"seconds\":600," + REASON + "}");
  }

  private static List<String> blocked(RunningGateway replica) {
    List<String> users = new ArrayList<>();
    AdminClient.of(replica)
        .get("/api/v1/blocks")
        .json()
        .path("items")
        .forEach(block -> users.add(block.path("user").asString()));
    return users;
  }

  private static int unblock(RunningGateway replica, String user) {
    for (var block : AdminClient.of(replica).get("/api/v1/blocks").json().path("items")) {
      if (block.path("user").asString().equals(user)) {
        String path = "/api/v1/blocks/" + block.path("id").asString() + "?reason=pardoned";
        return AdminClient.of(replica).delete(path).status();
      }
    }
    throw new AssertionError(user + " is not blocked");
  }

  private void awaitBlocked(String... users) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          for (RunningGateway replica : replicas) {
            assertThat(blocked(replica)).containsExactlyInAnyOrder(users);
          }
        });
  }

  private void awaitAnswering(boolean answering) {
    await()
        .atMost(SOON)
        .until(() ->
            replicas.stream()
                .allMatch(replica -> replica.gateway().cluster().isAnswering() == answering));
  }

  /** Redis refuses whatever it is asked, and forgets nothing. */
  private void blockWhileRedisRefuses(RunningGateway replica, String user) {
    redis.command("ACL SETUSER default -evalsha -eval");
    try {
      assertThat(block(replica, user).status()).isEqualTo(503);
      awaitAnswering(false);
    } finally {
      redis.command("ACL SETUSER default +evalsha +eval");
    }
    awaitAnswering(true);
  }

  @Test
  void tellsTheOthersOfABlockWhenARedisIsBackThatHasForgottenNothing() {
    RunningGateway one = start();
    start();
    assertThat(block(one, "before").status()).isEqualTo(201);
    awaitBlocked("before");

    blockWhileRedisRefuses(one, "meanwhile");

    awaitBlocked("before", "meanwhile");
  }

  @Test
  void doesNotBlockAgainWhomAnOperatorHasPardoned() {
    RunningGateway one = start();
    RunningGateway other = start();
    assertThat(block(one, "before").status()).isEqualTo(201);
    awaitBlocked("before");
    blockWhileRedisRefuses(one, "meanwhile");
    assertThat(unblock(one, "meanwhile")).isEqualTo(200);

    assertThat(block(other, "after").status()).isEqualTo(201);

    awaitBlocked("before", "after");
    assertThat(block(other, "later").status()).isEqualTo(201);
    awaitBlocked("before", "after", "later");
  }

  @Test
  void losesNoBlockByAChangeThatFindsNothingInRedis() {
    RunningGateway one = start();
    start();
    for (int i = 0; i < 3; i++) {
      assertThat(block(one, "user-" + i).status()).isEqualTo(201);
    }
    awaitBlocked("user-0", "user-1", "user-2");

    redis.command("FLUSHALL");
    assertThat(block(one, "user-3").status()).isEqualTo(201);

    awaitBlocked("user-0", "user-1", "user-2", "user-3");
  }

  @Test
  void endsTheSessionsOfAUserWhomAnotherOperatorBlockedAMomentBefore() {
    RunningGateway one = start();
    RunningGateway other = start();
    List<TestClient> concerned =
        Stream.of("a", "b", "c", "d", "e").map(user -> other.connectDropInAs(user)).toList();
    clients.addAll(concerned);
    concerned.forEach(client -> assertThat(client.readText()).contains("session.created"));

    for (String user : List.of("a", "b", "c", "d", "e")) {
      assertThat(block(one, user).status()).isEqualTo(201);
      assertThat(block(other, "unconcerned-" + user).status()).isEqualTo(201);
    }

    for (TestClient client : concerned) {
      assertThat(client.readText()).contains("ended_by_operator", "misuse");
    }
  }

  @Test
  void endsNothingTwiceWhereRedisComesBackWithAnOlderDocument() {
    RunningGateway one = start();
    RunningGateway other = start();
    await()
        .atMost(SOON)
        .until(() -> replicas.stream().allMatch(it -> it.gateway().cluster().replicas() == 2));
    String end = "{" + REASON + "}";
    AdminClient.of(one).post("/api/v1/users/ann/end", end);
    String key = redis.command("KEYS *document").lines().toList().get(2);
    redis.command("COPY " + key + " older");
    AdminClient.of(one).post("/api/v1/users/bob/end", end);
    TestClient ann = other.connectDropInAs("ann");
    clients.add(ann);
    assertThat(ann.readText()).contains("session.created");

    redis.command("COPY older " + key + " REPLACE");
    await()
        .during(Duration.ofSeconds(3))
        .atMost(SOON)
        .until(
            () -> AdminClient.of(other).get("/api/v1/sessions").json().path("items").size() == 1);
  }

  /** What somebody has written over a document costs the document, and no limit. */
  @Test
  void goesOnWithRedisWhereADocumentIsNotWhatReplicasWrite() {
    RunningGateway one = start();
    block(one, "mallory");
    List<String> keys =
        redis
            .command("KEYS donna:*document")
            .lines()
            .filter(it -> it.startsWith("donna:"))
            .toList();
    assertThat(keys).isNotEmpty();
    for (String key : keys) {
      redis.command("DEL " + key);
      redis.command("SET " + key + " nonsense");
    }

    await()
        .during(Duration.ofSeconds(4))
        .atMost(SOON)
        .until(() -> one.gateway().cluster().isAnswering());
    assertThat(blocked(one)).contains("mallory");
  }
}
