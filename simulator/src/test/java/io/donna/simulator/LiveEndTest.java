package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class LiveEndTest {
  private static final String CLOSE = "{\"type\":\"session.close\",\"event_id\":\"bye\"}";

  @Test
  void reportsUsageThenConfirmsTheEndThenCloses() {
    try (Simulator simulator = start("none");
        LiveCall call = LiveCall.start(simulator)) {
      call.silence(1_300).send(CLOSE);
      List<JsonNode> events = call.client().until("session.closed");

      assertThat(events.get(events.size() - 2).at("/usage/seconds").asInt()).isEqualTo(2);
      JsonNode closed = events.getLast();
      assertThat(closed.propertyNames())
          .containsExactly("event_id", "type", "reason", "session", "usage", "client_event_id");
      assertThat(closed.path("reason").asString()).isEqualTo("close_requested");
      assertThat(closed.at("/usage/seconds")).hasToString("2.0");
      assertThat(call.client().awaitEnd()).isEqualTo("1000 ");
    }
  }

  @Test
  void saysThatAppendedContextWasLost() {
    try (Simulator simulator = start("none");
        LiveCall call = LiveCall.start(simulator)) {
      call.send(
          "{\"type\":\"session.thinking.append\",\"delegation_id\":null,\"content\":\"Hm.\"}");
      call.send(CLOSE);

      assertThat(call.next().at("/error/code").asString())
          .isEqualTo("context_injection_incomplete");
      call.client().await("session.closed");
    }
  }

  @Test
  void letsTheActiveBackendResponseEnd() {
    try (Simulator simulator = start("none");
        LiveCall call =
            LiveCall.start(
                simulator,
                "\"delegation\":{\"type\":\"responses\",\"responses\":{\"model\":\"m\"}}")) {
      call.speech(500).silence(900).send(CLOSE);
      List<JsonNode> events = call.client().until("session.closed");

      assertThat(events)
          .anyMatch(event -> "response.completed".equals(event.at("/event/type").asString("")));
    }
  }

  @Test
  void expiresWithoutAnyAudio() {
    ManualTime time = new ManualTime(Instant.now());
    try (Simulator simulator = Simulator.builder().speed(1e9).time(time).start();
        LiveCall call = started(simulator, time)) {
      time.advance(Duration.ofSeconds(30));
      assertThat(call.events()).isEmpty();
      time.advance(Duration.ofSeconds(1));

      assertThat(call.client().await("session.closed").path("reason").asString())
          .isEqualTo("expired");
    }
  }

  @Test
  void expiresAfterTwoHours() {
    ManualTime time = new ManualTime(Instant.now());
    try (Simulator simulator = Simulator.builder().speed(1e9).time(time).start();
        LiveCall call = started(simulator, time)) {
      call.silence(100).events();
      time.advance(Duration.ofHours(2).minusSeconds(1));
      assertThat(call.silence(100).events()).hasSize(1);
      time.advance(Duration.ofSeconds(1));

      assertThat(call.client().await("session.closed").path("reason").asString())
          .isEqualTo("expired");
      assertThat(call.client().awaitEnd()).isEqualTo("1000 ");
    }
  }

  @Test
  void keepsUsageToItself() {
    try (Simulator simulator = start("no-usage");
        LiveCall call = LiveCall.start(simulator)) {
      assertThat(call.silence(31_000).said()).isEmpty();
      call.send(CLOSE);

      assertThat(call.client().until("session.closed").getLast().has("usage")).isFalse();
    }
  }

  @Test
  void reportsUsageLate() {
    try (Simulator simulator = start("late-usage");
        LiveCall call = LiveCall.start(simulator)) {
      assertThat(call.silence(24_000).said()).isEmpty();
      assertThat(call.silence(1_000).said().getFirst().at("/usage/seconds").asInt()).isEqualTo(15);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "decimal-usage | {type:string,usage:{seconds:decimal},context_window:{usage_ratio:decimal},event_id:string}",
        "no-context-window | {type:string,usage:{seconds:integer},event_id:string}",
      })
  void reportsUsageInOtherShapes(String fault, String skeleton) {
    try (Simulator simulator = start(fault);
        LiveCall call = LiveCall.start(simulator)) {
      assertThat(Skeleton.of(call.silence(15_000).said().getFirst())).isEqualTo(skeleton);
    }
  }

  @Test
  void sendsErrorsWithoutACode() {
    try (Simulator simulator = start("null-code");
        LiveCall call = LiveCall.start(simulator)) {
      call.send("{\"type\":\"foo\"}");

      assertThat(call.next().at("/error/code").isNull()).isTrue();
    }
  }

  @Test
  void endsWithoutConfirmation() {
    try (Simulator simulator = start("no-closed");
        LiveCall call = LiveCall.start(simulator)) {
      call.send(CLOSE);

      assertThat(call.client().awaitEnd()).isEqualTo("1000 ");
      assertThat(call.client().hasNoEvent()).isTrue();
    }
  }

  @Test
  void closesWithoutACode() {
    try (Simulator simulator = start("no-close-code");
        LiveCall call = LiveCall.start(simulator)) {
      call.send(CLOSE);

      call.client().await("session.closed");
      assertThat(call.client().awaitEnd()).isEqualTo("1005 ");
    }
  }

  @Test
  void confirmsTheEndLateAndRefusesCommandsMeanwhile() {
    ManualTime time = new ManualTime(Instant.now());
    try (Simulator simulator =
            Simulator.builder().speed(1).time(time).fault(Fault.parse("late-closed")).start();
        LiveCall call = started(simulator, time)) {
      call.send(CLOSE).send("{\"type\":\"session.input_audio.mute\"}");
      assertThat(call.next().at("/error/code").asString()).isEqualTo("session_closing");
      time.advance(Duration.ofSeconds(5));

      call.client().await("session.closed");
    }
  }

  @Test
  void endsASessionBecauseOfItsContent() {
    try (Simulator simulator = start("content");
        LiveCall call = LiveCall.start(simulator)) {
      call.send(
          "{\"type\":\"session.commentary.append\",\"delegation_id\":null,\"content\":\"a b c"
              + " d\"}");
      call.silence(3_000);
      JsonNode event = call.next();
      while (!"error".equals(event.path("type").asString())) {
        event = call.next();
      }

      assertThat(call.client().await("session.closed").path("reason").asString())
          .isEqualTo("content");
    }
  }

  @Test
  void closesInTheMiddleOfAnAnswer() {
    try (Simulator simulator = start("none");
        LiveCall call =
            LiveCall.connect(simulator).send(LiveCall.start("fault/close=1011:cut@20", ""))) {
      call.client().await("session.started");
      call.append(LiveCall.pcm(2_500, 24_000, 6_000));

      assertThat(call.client().awaitEnd()).isEqualTo("1011 cut");
      for (int events = 1; events < 20; events++) {
        call.next();
      }
      assertThat(call.client().hasNoEvent()).isTrue();
    }
  }

  /** FaultTest counts the events before a drop: the JDK's client may lose the last ones. */
  @Test
  void dropsInTheMiddleOfAnAnswer() {
    try (Simulator simulator = start("none");
        LiveCall call = LiveCall.connect(simulator).send(LiveCall.start("fault/drop@20", ""))) {
      call.client().await("session.started");
      call.append(LiveCall.pcm(2_500, 24_000, 6_000));
      SimulatedConnection connection = simulator.awaitConnection(Duration.ofSeconds(10));
      connection.awaitClose(Duration.ofSeconds(10));

      assertThat(connection.closeCode()).as("the client's answer to a close frame").isEmpty();
    }
  }

  @Test
  void sendsHalfAnEventAndAnErrorEvent() {
    try (Simulator simulator = start("none")) {
      try (LiveCall call =
          LiveCall.connect(simulator).send(LiveCall.start("fault/malformed@1", ""))) {
        call.client().await("session.started");
        assertThat(call.next().asString()).isEqualTo("{\"type\":\"session.");
        assertThat(call.silence(100).events()).hasSize(1);
      }
      try (LiveCall call =
          LiveCall.connect(simulator).send(LiveCall.start("fault/error=overloaded@1", ""))) {
        call.client().await("session.started");
        assertThat(call.next().path("error"))
            .hasToString(
                "{\"type\":\"server_error\",\"code\":\"overloaded\",\"message\":\"Simulated"
                    + " error.\"}");
        assertThat(call.silence(100).events()).hasSize(1);
      }
    }
  }

  @Test
  void sendsSlowlyAndInOrder() {
    try (Simulator simulator = start("slow=20");
        LiveCall call = LiveCall.start(simulator)) {
      long before = System.nanoTime();
      List<JsonNode> events = call.silence(1_000).events();

      assertThat(events).hasSize(10);
      assertThat(Duration.ofNanos(System.nanoTime() - before))
          .isGreaterThan(Duration.ofMillis(150));
    }
  }

  private static Simulator start(String fault) {
    return Simulator.builder().speed(1_000_000).fault(Fault.parse(fault)).start();
  }

  private static LiveCall started(Simulator simulator, ManualTime time) {
    LiveCall call = LiveCall.connect(simulator).send(LiveCall.start("gpt-live-1", ""));
    call.awaitReading();
    time.advance(Duration.ofMillis(300));
    call.client().await("session.started");
    return call;
  }
}
