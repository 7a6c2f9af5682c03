package io.donna.gateway.protocol;

import static io.donna.gateway.kit.Talk.json;
import static io.donna.gateway.protocol.LiveCalls.CLOSE;
import static io.donna.gateway.protocol.LiveCalls.PATH;
import static io.donna.gateway.protocol.LiveCalls.STARTED;
import static io.donna.gateway.protocol.LiveCalls.append;
import static io.donna.gateway.protocol.LiveCalls.bearer;
import static io.donna.gateway.protocol.LiveCalls.closed;
import static io.donna.gateway.protocol.LiveCalls.next;
import static io.donna.gateway.protocol.LiveCalls.serving;
import static io.donna.gateway.protocol.LiveCalls.start;
import static io.donna.gateway.protocol.LiveCalls.usage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What GPT-Live sessions cost, and how they end when there is nothing left to pay it. */
class LiveBudgetTest {
  private static final String RESPONSES =
      "'model':'gpt-live-1','delegation':{'type':'responses','responses':{'model':'gpt-realtime-2'}}";

  @TempDir private Path folder;

  private RunningGateway.Builder metered(TestUpstream upstream) {
    return metered(serving(RunningGateway.behind(upstream)));
  }

  private RunningGateway.Builder metered(RunningGateway.Builder gateway) {
    return gateway.with("USAGE_LOG", folder.resolve("usage.jsonl"));
  }

  private static Talk started(
      RunningGateway gateway, TestUpstream upstream, String start, String header) {
    TestClient client = TestClient.connect(gateway.port(), PATH, header);
    client.send(start);
    Talk talk = new Talk(client, upstream.take().accept());
    talk.isSent("session.start");
    talk.passes(STARTED);
    return talk;
  }

  private static Talk started(RunningGateway gateway, TestUpstream upstream) {
    return started(gateway, upstream, start(), bearer());
  }

  private List<JsonNode> bill() {
    try {
      return Files.readAllLines(folder.resolve("usage.jsonl")).stream()
          .map(JsonMapper.shared()::readTree)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<JsonNode> charges(String kind) {
    return bill().stream().filter(line -> line.get("event").asString().equals(kind)).toList();
  }

  private JsonNode awaitTotal() {
    return awaitTotal(Duration.ofSeconds(10));
  }

  private JsonNode awaitTotal(Duration patience) {
    await("the session's total").atMost(patience).until(() -> !charges("session").isEmpty());
    return charges("session").getFirst();
  }

  private static void hear(Talk talk, int millis) {
    talk.client.send(append(millis));
    talk.isSent("session.input_audio.append");
  }

  /** The figures are totals: the largest counts, whatever comes after it, as a decimal or not. */
  @Test
  void chargesTheLargestFigureOnce() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        Talk talk = started(gateway, upstream)) {
      for (Object seconds : new Object[] {15, 30.0, 20, 30, "null", "\"90\"", -5, 45.5}) {
        talk.passes(usage(seconds));
      }
      talk.client.send(CLOSE);
      talk.isSent("session.close");
      talk.passes(closed(46.0));
      talk.upstream.sendClose(1000, "");

      JsonNode total = awaitTotal();
      assertThat(total.get("seconds").decimalValue()).isEqualByComparingTo("46");
      assertThat(total.get("model").asString()).isEqualTo("gpt-live-1");
      assertThat(total.get("usd").decimalValue())
          .isCloseTo(
              new BigDecimal("0.038333"),
              org.assertj.core.data.Offset.offset(new BigDecimal("0.000001")));
      assertThat(charges("live")).noneMatch(line -> line.has("estimated")).hasSize(4);
    }
  }

  /** A client that goes: the upstream is asked to end, and its last figure is the bill's. */
  @Test
  void asksForTheLastFigureWhenTheClientIsGone() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        Talk talk = started(gateway, upstream)) {
      hear(talk, 3_000);
      talk.client.close();

      assertThat(talk.isSent()).isEqualTo(json(CLOSE));
      talk.upstream.send(closed(4));
      assertThat(talk.upstream.readClose().closeCode()).isEqualTo(1001);
      JsonNode total = awaitTotal();
      assertThat(total.get("seconds").decimalValue()).isEqualByComparingTo("4");
      assertThat(charges("live")).hasSize(1).noneMatch(line -> line.has("estimated"));
    }
  }

  /** The client that asks for the end and leaves is not asked for it twice. */
  @Test
  void waitsFifteenSecondsForTheLastFigureAndThenEstimates() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        Talk talk = started(gateway, upstream)) {
      hear(talk, 3_000);
      talk.passes(usage(2));
      talk.client.send(CLOSE);
      talk.isSent("session.close");
      long left = System.nanoTime();
      talk.client.close();

      JsonNode total = awaitTotal(Duration.ofSeconds(20));
      assertThat(Duration.ofNanos(System.nanoTime() - left))
          .isBetween(Duration.ofSeconds(14), Duration.ofSeconds(19));
      assertThat(total.get("seconds").decimalValue()).isEqualByComparingTo("3");
      assertThat(charges("live").getLast().get("estimated").asBoolean()).isTrue();
      assertThat(charges("live").getLast().get("seconds").asInt()).isEqualTo(1);
      assertThat(talk.upstream.readClose().closeCode()).isEqualTo(1001);
    }
  }

  /** The speech that was sent while the session was starting is lost at the API, and free. */
  @Test
  void estimatesByTheInputSinceTheStartWhereTheEndIsLost() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.send(start());
      client.send(append(1_000));
      Talk talk = new Talk(client, upstream.take().accept());
      talk.isSent("session.start");
      talk.isSent("session.input_audio.append");
      talk.passes(STARTED);
      hear(talk, 2_500);
      talk.upstream.close();

      JsonNode total = awaitTotal();
      assertThat(total.get("seconds").decimalValue()).isEqualByComparingTo("2.5");
    }
  }

  @Test
  void chargesABackendOnceForEachResponseAtItsOwnPrice() {
    String completed =
        "{\"type\":\"response.event\",\"event\":{\"type\":\"response.%s\",\"response\":{\"id\":\"%s\","
            + "\"model\":\"gpt-realtime-2\",\"status\":\"%s\",\"usage\":{\"input_tokens\":1000,"
            + "\"input_tokens_details\":{\"cached_tokens\":400},\"output_tokens\":100}}}}";
    String created =
        "{\"type\":\"response.event\",\"event\":{\"type\":\"response.created\",\"response\":"
            + "{\"id\":\"%s\",\"model\":\"gpt-realtime-2\"}}}";
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        Talk talk = started(gateway, upstream, start(RESPONSES), bearer())) {
      talk.passes(created.formatted("r1"));
      talk.passes(completed.formatted("completed", "r1", "completed"));
      talk.passes(completed.formatted("completed", "r1", "completed"));
      talk.passes(completed.formatted("incomplete", "r2", "incomplete"));
      talk.passes(created.formatted("r3"));
      talk.passes(
          "{\"type\":\"decision.event\",\"event_id\":\"d1\",\"event\":{\"type\":"
              + "\"decision.completed\",\"decision\":{\"model\":\"gpt-realtime-2\",\"usage\":"
              + "{\"input_tokens\":10,\"output_tokens\":1}}}}");
      talk.passes(closed(0));
      talk.upstream.sendClose(1000, "");

      JsonNode total = awaitTotal();
      assertThat(charges("delegation").stream().map(line -> line.get("id").asString()))
          .containsExactly("r1", "r2", "r3");
      JsonNode first = charges("delegation").getFirst();
      assertThat(first.get("model").asString()).isEqualTo("gpt-realtime-2");
      // 600 at $4, 400 at $0.40 and 100 at $24 for a million
      assertThat(first.get("usd").decimalValue()).isEqualByComparingTo("0.00496");
      assertThat(charges("delegation").getLast().get("estimated").asBoolean()).isTrue();
      assertThat(charges("decision")).hasSize(1);
      assertThat(total.get("model").asString()).isEqualTo("gpt-live-1");
    }
  }

  /** $0.05 a minute: five seconds are $0.0042. */
  @Test
  void endsWithinTwoSecondsOfTheBudget() {
    String header = bearer(Map.of("limits", Map.of("usd_per_hour", 0.004)));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        Talk talk = started(gateway, upstream, start(), header)) {
      hear(talk, 4_000);
      talk.client.send(append(900));
      long usedUp = System.nanoTime();

      talk.hearsError("insufficient_quota");
      assertThat(Duration.ofNanos(System.nanoTime() - usedUp)).isLessThan(Duration.ofSeconds(2));
      talk.isSent("session.input_audio.append");
      assertThat(talk.isSent()).isEqualTo(json(CLOSE));
      // Nothing goes on meanwhile, in neither direction.
      talk.client.send(append(100));
      talk.upstream.send("{\"type\":\"session.output_audio.delta\",\"delta\":\"AAAA\"}");
      talk.passes(closed(6));
      assertThat(talk.client.readClose().closeCode()).isEqualTo(4029);
      assertThat(talk.upstream.readClose().closeCode()).isEqualTo(4029);
      assertThat(awaitTotal().get("seconds").decimalValue()).isEqualByComparingTo("6");
    }
  }

  /** What another session of the user spends counts at once, long before it is charged. */
  @Test
  void countsWhatEachSessionOwes() {
    String header = bearer(Map.of("limits", Map.of("usd_per_hour", 0.004)));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        Talk first = started(gateway, upstream, start(), header);
        Talk second = started(gateway, upstream, start(), header)) {
      hear(first, 3_000);
      hear(second, 3_000);

      first.hearsError("insufficient_quota");
      second.hearsError("insufficient_quota");
      first.isSent("session.close");
      first.upstream.close(); // without a last figure
      assertThat(first.client.readClose().closeCode()).isEqualTo(4029);
      second.isSent("session.close");
      second.client.close(); // without waiting for it
      second.upstream.send(closed(4));
      await("both totals")
          .atMost(Duration.ofSeconds(10))
          .until(() -> charges("session").size() == 2);
      assertThat(charges("session").stream().mapToInt(line -> line.get("seconds").asInt()).sum())
          .isEqualTo(7);
    }
  }

  /** A client that does not read cannot keep the gateway from the last figure. */
  @Test
  void readsTheLastFigureForAClientThatDoesNotRead() {
    String header = bearer(Map.of("limits", Map.of("usd_per_hour", 0.001)));
    String delta =
        "{\"type\":\"session.output_audio.delta\",\"delta\":\"" + "A".repeat(60_000) + "\"}";
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        Talk talk = started(gateway, upstream, start(), header)) {
      Thread flood =
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; i < 500; i++) {
                  talk.upstream.send(delta);
                }
                talk.upstream.send(closed(6));
              });
      hear(talk, 2_000);
      talk.isSent("session.close");

      await("the last figure on the bill")
          .atMost(Duration.ofSeconds(10))
          .until(() -> !charges("live").isEmpty());
      assertThat(charges("live").getFirst().get("seconds").asInt()).isEqualTo(6);
      assertThat(charges("live").getFirst().has("estimated")).isFalse();
      await("the whole flood").atMost(Duration.ofSeconds(5)).until(() -> !flood.isAlive());
    }
  }

  /** An upstream that confirms nothing holds the client for fifteen seconds. */
  @Test
  void closesTheClientIfTheLastFigureDoesNotCome() {
    String header = bearer(Map.of("limits", Map.of("usd_per_hour", 0.001)));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        Talk talk = started(gateway, upstream, start(), header)) {
      talk.client.send(append(2_000));
      talk.hearsError("insufficient_quota");
      talk.client.patience(Duration.ofSeconds(20));

      assertThat(talk.client.readClose().closeCode()).isEqualTo(4029);
      assertThat(awaitTotal().get("seconds").decimalValue()).isEqualByComparingTo("2");
    }
  }

  @Test
  void endsWhenItsBackendHasUsedTheBudgetUp() {
    String header = bearer(Map.of("limits", Map.of("usd_per_hour", 0.5)));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        Talk talk = started(gateway, upstream, start(RESPONSES), header)) {
      talk.passes(
          "{\"type\":\"response.event\",\"event\":{\"type\":\"response.completed\",\"response\":"
              + "{\"id\":\"r1\",\"model\":\"gpt-realtime-2\",\"usage\":{\"input_tokens\":1000000,"
              + "\"output_tokens\":0}}}}");

      talk.hearsError("insufficient_quota");
      assertThat(talk.isSent()).isEqualTo(json(CLOSE));
    }
  }

  @Test
  void endsWhenTheTimeIsUsedUpAndBillsTheLastFigure() {
    String header = bearer(Map.of("limits", Map.of("session_seconds", 2)));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        Talk talk = started(gateway, upstream, start(), header)) {
      talk.hearsError("session_expired");

      assertThat(talk.isSent()).isEqualTo(json(CLOSE));
      talk.passes(closed(2));
      assertThat(talk.client.readClose().closeCode()).isEqualTo(4008);
      assertThat(awaitTotal().get("seconds").decimalValue()).isEqualByComparingTo("2");
    }
  }

  @Test
  void opensNothingOnceTheBudgetIsUsedUp() {
    String header = bearer(Map.of("limits", Map.of("usd_per_hour", 0.001)));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(upstream).start();
        Talk talk = started(gateway, upstream, start(), header)) {
      talk.passes(usage(15));
      talk.hearsError("insufficient_quota");
      talk.upstream.send(closed(15));
      awaitTotal();

      try (TestClient next = TestClient.connect(gateway.port(), PATH, header)) {
        next.send(start());
        assertThat(next.readText()).contains("budget_exceeded");
        assertThat(next.readClose().closeCode()).isEqualTo(4029);
        assertThat(upstream.isUntouched()).isTrue();
      }
    }
  }

  @Test
  void billsWhatASimulatedSessionStates() {
    try (Simulator simulator = Simulator.builder().start();
        RunningGateway gateway = metered(serving(RunningGateway.behind(simulator.uri()))).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.send(start());
      next(client, "session.started");
      client.send(append(2_400));
      next(client, "session.output_audio.delta");
      client.sendClose(1000, "");

      JsonNode total = awaitTotal();
      assertThat(total.get("seconds").decimalValue()).isEqualByComparingTo("3");
      assertThat(charges("live")).hasSize(1).noneMatch(line -> line.has("estimated"));
    }
  }
}
