package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The events of GPT-Live as they were recorded, field by field and in their order. */
class LiveRecordingsTest {
  private static final Recording RECORDED = Recording.of("live.jsonl");
  private static final String FUNCTION =
      """
      "delegation":{"type":"responses","responses":{"model":"gpt-5.6-terra","tools":[
        {"type":"function","name":"map_look","parameters":{"type":"object"}}]}}\
      """;

  @Test
  void startsAsRecorded() {
    ManualTime time = new ManualTime(Instant.ofEpochSecond(1_791_366_350));
    try (Simulator simulator = Simulator.builder().speed(1).time(time).start();
        LiveCall call = LiveCall.connect(simulator)) {
      call.send(
          """
          {"type":"session.start","session":{"model":"gpt-live-1","instructions":"Keep replies brief.",
           "audio":{"format":{"type":"audio/pcm","rate":24000},"output":{"voice":"marin"}},
           "delegation":{"type":"client"}}}\
          """);
      call.awaitReading();
      time.advance(Duration.ofSeconds(1));
      JsonNode started = call.next();

      JsonNode recorded = RECORDED.event("session.started");
      assertThat(masked(started)).hasToString(masked(recorded).toString());
      assertThat(started.path("event_id").asString()).matches("event_EWIVa[0-9A-Za-z]{16}");
      assertThat(started.at("/session/id").asString()).matches("live_u7_EWIVa[0-9A-Za-z]{27}");
      assertThat(started.at("/session/expires_at").asLong()).isEqualTo(1_791_373_550L);
    }
  }

  @Test
  void speaksAcknowledgesAndEndsAsRecorded() {
    try (Simulator simulator = Simulator.builder().speed(1_000_000).hears("Please hurry").start();
        LiveCall call = LiveCall.start(simulator, "\"delegation\":{\"type\":\"client\"}")) {
      call.send(
          """
          {"type":"session.instructions.append","delegation_id":null,"content":"Speak German."}\
          """);
      call.silence(600)
          .speech(400)
          .silence(1_200)
          .send("{\"type\":\"session.close\",\"event_id\":\"sonda_fin\"}");
      List<JsonNode> events = call.client().until("session.closed");

      JsonNode closed = events.getLast();
      assertThat(closed.at("/session/status").asString()).isEqualTo("active");
      ((ObjectNode) closed).remove("session");
      for (String type :
          List.of(
              "session.output_audio.delta",
              "session.input_transcript.delta",
              "session.instructions.appended",
              "session.delegation.created",
              "session.usage.updated",
              "session.closed")) {
        assertThat(Skeleton.of(LiveCall.ofType(events, type).getFirst()))
            .as(type)
            .isEqualTo(Skeleton.of(RECORDED.event(type)));
      }
      JsonNode appended = LiveCall.ofType(events, "session.instructions.appended").getFirst();
      assertThat(masked(appended))
          .hasToString(masked(RECORDED.event("session.instructions.appended")).toString());
      JsonNode heard = LiveCall.ofType(events, "session.input_transcript.delta").getFirst();
      assertThat(masked(heard))
          .hasToString(masked(RECORDED.event("session.input_transcript.delta")).toString());
      assertThat(closed.path("client_event_id").asString()).isEqualTo("sonda_fin");
    }
  }

  @Test
  void wrapsABackendsEventsAsRecorded() {
    try (Simulator simulator = Simulator.builder().speed(1_000_000).start();
        LiveCall call = LiveCall.start(simulator, FUNCTION)) {
      List<JsonNode> events = call.speech(500).silence(4_000).said();

      JsonNode created = LiveCall.ofType(events, "session.delegation.created").getFirst();
      assertThat(created.path("delegation").propertyNames())
          .containsExactly("id", "type", "target", "response_id");
      JsonNode done =
          LiveCall.ofType(events, "response.event").stream()
              .filter(
                  event -> "response.output_item.done".equals(event.at("/event/type").asString("")))
              .findFirst()
              .orElseThrow();
      assertThat(Skeleton.of(done)).isEqualTo(Skeleton.of(RECORDED.event("response.event")));
    }
  }

  @Test
  void refusesAnAccountWithoutCreditAsRecorded() {
    Fault noCredit = Fault.parse("no-credit");
    try (Simulator simulator = Simulator.builder().speed(10).fault(noCredit).start();
        LiveCall call = LiveCall.connect(simulator).send(LiveCall.start("gpt-live-1", ""))) {
      JsonNode error = call.next();

      assertThat(error.path("event_id").asString())
          .matches("event_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
      ((ObjectNode) error).put("event_id", RECORDED.event("error").path("event_id").asString());
      assertThat(error).hasToString(RECORDED.event("error").toString());
      simulator.awaitConnection(Duration.ofSeconds(10)).awaitClose(Duration.ofSeconds(10));
    }
  }

  /** An event with its ids replaced, because they are random. */
  private static JsonNode masked(JsonNode event) {
    return JsonMapper.shared()
        .readTree(event.toString().replaceAll("\"(event_|live_u7_|item_)[0-9A-Za-z]+\"", "\"$1\""));
  }
}
