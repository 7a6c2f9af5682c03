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
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What an operator sees at one replica is what there is at all of them. */
class SharedViewTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  @AutoClose private final TestRedis redis = TestRedis.start();
  @AutoClose private final Simulator upstream = Simulator.builder().start();
  private final List<RunningGateway> replicas = new ArrayList<>();
  private final List<TestClient> clients = new ArrayList<>();

  @BeforeEach
  void start() {
    for (String name : List.of("one", "two", "three")) {
      replicas.add(
          RunningGateway.behind(upstream.uri())
              .with("REDIS_URL", redis.url())
              .with("REDIS_TIMEOUT_MS", 2_000)
              .with("REPLICA_NAME", name)
              .admin()
              .start());
    }
    await()
        .atMost(SOON)
        .until(() -> replicas.stream().allMatch(it -> it.gateway().cluster().replicas() == 3));
  }

  @AfterEach
  void stop() {
    clients.forEach(TestClient::close);
    replicas.forEach(RunningGateway::close);
  }

  private TestClient talk(int replica, String user) {
    TestClient client = replicas.get(replica).connectDropInAs(user);
    clients.add(client);
    assertThat(client.readText()).contains("session.created");
    return client;
  }

  private static void ask(TestClient client) {
    client.send(
        """
        {"type":"response.create","response":{"output_modalities":["text"],"input":[{"type":"message",\
        "role":"user","content":[{"type":"input_text","text":"Hello"}]}]}}\
        """);
    String event;
    do {
      event = client.readText();
    } while (!event.contains("\"response.done\""));
  }

  private JsonNode seen(int replica, String path) {
    return AdminClient.of(replicas.get(replica)).get("/api/v1/" + path).json();
  }

  private static List<String> rows(JsonNode list) {
    return list.path("items")
        .valueStream()
        .map(row -> row.path("user").asString() + "@" + row.path("replica").asString())
        .toList();
  }

  @Test
  void listsTheSessionsOfAllReplicas() {
    talk(0, "ann");
    talk(1, "bob");
    TestClient leaving = talk(2, "cleo");

    JsonNode list = seen(1, "sessions?sort=user");
    assertThat(rows(list)).containsExactly("ann@one", "bob@two", "cleo@three");
    assertThat(list.path("total").asInt()).isEqualTo(3);
    assertThat(list.path("unheard").asInt()).isZero();
    assertThat(rows(seen(0, "sessions?replica=three"))).containsExactly("cleo@three");
    assertThat(rows(seen(0, "sessions?user=bob"))).containsExactly("bob@two");

    leaving.close();
    await().atMost(SOON).until(() -> rows(seen(1, "sessions")).size() == 2);
    await().atMost(SOON).until(() -> rows(seen(0, "sessions?state=ended")).contains("cleo@three"));
  }

  @Test
  void showsACallThatIsOnAnotherReplicaWithItsTurns() {
    TestClient client = talk(0, "ann");
    ask(client);
    String id = seen(1, "sessions").path("items").path(0).path("id").asString();

    JsonNode detail = seen(2, "sessions/" + id);

    assertThat(detail.path("session").path("replica").asString()).isEqualTo("one");
    assertThat(detail.path("session").path("user").asString()).isEqualTo("ann");
    assertThat(detail.path("turns")).hasSize(1);
    assertThat(AdminClient.of(replicas.get(1)).get("/api/v1/sessions/unknown").status())
        .isEqualTo(404);
    try (TestClient watching =
        AdminClient.of(replicas.get(1))
            .open("GET", "/api/v1/sessions/" + id + "/events", Optional.empty())) {
      assertThat(watching.status()).isEqualTo(200);
      AdminClient.of(replicas.get(2))
          .post("/api/v1/sessions/" + id + "/end", "{\"reason\":\"misuse\"}");
      assertThat(watching.rest()).contains("event: call", "\"operatorReason\":\"misuse\"");
    }
  }

  @Test
  void addsUpWhatIsSpentOnAllReplicas() {
    ask(talk(0, "ann"));
    ask(talk(1, "ann"));
    ask(talk(1, "bob"));

    JsonNode usage = seen(2, "usage?by=user&window=month");

    long one = usage.path("items").path(1).path("tokens").asLong();
    assertThat(one).isPositive();
    assertThat(usage.path("items").path(0).path("name").asString()).isEqualTo("ann");
    assertThat(usage.path("items").path(0).path("tokens").asLong()).isEqualTo(2 * one);
    assertThat(usage.path("total").path("tokens").asLong()).isEqualTo(3 * one);
    assertThat(seen(2, "usage?by=model").path("total").path("tokens").asLong()).isEqualTo(3 * one);
  }

  @Test
  void showsHowEachReplicaIsAndHowManyHaveNotSaid() {
    talk(0, "ann");
    JsonNode cluster = seen(2, "cluster");
    assertThat(cluster.path("replicas").valueStream().map(it -> it.path("replica").asString()))
        .containsExactly("three", "one", "two");
    assertThat(cluster.path("replicas").path(1).path("sessions").path("live").asInt()).isEqualTo(1);
    assertThat(cluster.path("unheard").asInt()).isZero();
    assertThat(cluster.path("answering").asBoolean()).isTrue();

    redis.pause();
    try {
      await().atMost(SOON).until(() -> !seen(2, "cluster").path("answering").asBoolean());
      JsonNode alone = seen(2, "cluster");
      assertThat(alone.path("replicas")).hasSize(1);
      assertThat(alone.path("unheard").asInt()).isEqualTo(2);
      assertThat(seen(0, "sessions").path("unheard").asInt()).isEqualTo(2);
      assertThat(rows(seen(0, "sessions"))).containsExactly("ann@one");
    } finally {
      redis.resume();
    }
    await().atMost(SOON).until(() -> seen(2, "cluster").path("unheard").asInt() == 0);
  }

  /**
   * Reports are written for those who look, and gone soon after; a look costs a command a second.
   */
  @Test
  void writesNothingOfSessionsWhileNobodyLooks() {
    talk(0, "ann");
    assertThat(rows(seen(1, "sessions"))).containsExactly("ann@one");
    assertThat(everything()).contains("ann");

    await().atMost(Duration.ofSeconds(60)).until(() -> !everything().contains("ann"));
  }

  /** All that Redis holds, as text. */
  private String everything() {
    StringBuilder all = new StringBuilder();
    Matcher keys = Pattern.compile("donna:\\S+").matcher(redis.command("KEYS donna:*"));
    while (keys.find()) {
      all.append(redis.command("HGETALL " + keys.group()));
    }
    return all.toString();
  }
}
