package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class LiveDelegationTest {
  private static final String OUTPUT = "session.output_transcript.delta";
  private static final String CLIENT = "\"delegation\":{\"type\":\"client\"}";
  private static final String QUESTION =
      "{\"type\":\"predicate\",\"name\":\"angry\",\"instructions\":\"Is the user angry?\"}";

  private final Simulator simulator =
      Simulator.builder().speed(1_000_000).hears("Where is my order?", "Hello").start();

  @AfterEach
  void stop() {
    simulator.close();
  }

  @Test
  void delegatesToTheClientWhatItCannotAnswer() {
    try (LiveCall call = LiveCall.start(simulator, CLIENT)) {
      List<JsonNode> events = call.speech(500).silence(1_500).said();
      JsonNode created = LiveCall.ofType(events, "session.delegation.created").getFirst();
      assertThat(created.at("/delegation/target").asString()).isEqualTo("client");
      assertThat(LiveCall.ofType(events, OUTPUT)).isEmpty();

      call.send(
          """
          {"type":"session.commentary.append","delegation_id":"%s","content":"It ships tomorrow."}\
          """
              .formatted(created.at("/delegation/id").asString()));
      assertThat(LiveCall.words(call.silence(3_000).events(), OUTPUT))
          .isEqualTo("It ships tomorrow.");

      assertThat(LiveCall.ofType(call.speech(500).silence(1_000).said(), OUTPUT)).isNotEmpty();
    }
  }

  @Test
  void delegatesNothingUnlessAsked() {
    try (LiveCall call = LiveCall.start(simulator)) {
      List<JsonNode> events = call.speech(500).silence(3_000).said();

      assertThat(LiveCall.ofType(events, "session.delegation.created")).isEmpty();
      assertThat(LiveCall.words(events, OUTPUT)).startsWith("I have your message.");
    }
  }

  @Test
  void callsAFunctionThreeTimesAndWaitsForItsOutput() {
    try (LiveCall call =
        LiveCall.start(
            simulator,
            responses(
                "{\"type\":\"function\",\"name\":\"order_status\",\"parameters\":{\"type\":\"object\",\"properties\":{\"q\":{\"type\":\"string\"},\"n\":{\"type\":\"integer\"}}}}"))) {
      List<JsonNode> events = call.speech(500).silence(4_000).said();
      List<JsonNode> backend = LiveCall.ofType(events, "response.event");
      assertThat(types(backend))
          .containsExactly(
              "response.created",
              "response.in_progress",
              "response.output_item.added",
              "response.function_call_arguments.done",
              "response.output_item.done",
              "response.completed");
      assertThat(backend)
          .allSatisfy(event ->
              assertThat(event.propertyNames())
                  .containsExactly("event_id", "type", "delegation_id", "event"));
      assertThat(backend.get(2).at("/event/item/arguments").asString()).isEmpty();
      assertThat(backend.get(3).at("/event/arguments").asString())
          .isEqualTo("{\"q\":\"Where is my order?\",\"n\":1}");
      JsonNode response = backend.getLast().at("/event/response");
      assertThat(response.has("input")).isFalse();
      assertThat(response.path("tools")).isEmpty();
      assertThat(response.path("output")).isEmpty();
      assertThat(response.path("instructions").isNull()).isTrue();
      assertThat(response.path("model").asString()).isEqualTo("gpt-5.6-terra");
      assertThat(response.at("/usage/total_tokens").asInt())
          .isEqualTo(
              response.at("/usage/input_tokens").asInt()
                  + response.at("/usage/output_tokens").asInt())
          .isPositive();
      assertThat(LiveCall.ofType(events, OUTPUT)).isEmpty();

      call.send("{\"type\":\"response.create\",\"event_id\":\"too_early\"}");
      JsonNode error = call.next().path("error");
      assertThat(error.path("code").asString()).isEqualTo("function_call_outputs_required");
      assertThat(error.path("client_event_id").asString()).isEqualTo("too_early");

      call.send(
          """
          {"type":"response.item.create","item":{"type":"function_call_output","call_id":"%s",\
          "output":"{}"}}\
          """
              .formatted(backend.get(4).at("/event/item/call_id").asString()));
      call.send("{\"type\":\"response.create\"}");
      List<JsonNode> answered = call.silence(5_000).said();
      assertThat(LiveCall.ofType(answered, "session.delegation.created")).isEmpty();
      assertThat(LiveCall.ofType(answered, "response.event").getFirst().path("delegation_id"))
          .isEqualTo(backend.getFirst().path("delegation_id"));
      assertThat(LiveCall.words(answered, OUTPUT))
          .isEqualTo("The answer from your tool has arrived.");
    }
  }

  @Test
  void searchesTheWebAndSpeaksTheAnswer() {
    try (LiveCall call = LiveCall.start(simulator, responses("{\"type\":\"web_search\"}"))) {
      List<JsonNode> events = call.speech(500).silence(8_000).said();
      List<JsonNode> backend = LiveCall.ofType(events, "response.event");

      assertThat(types(backend))
          .containsExactly(
              "response.created",
              "response.in_progress",
              "response.output_item.added",
              "response.output_item.done",
              "response.output_item.added",
              "response.content_part.added",
              "response.output_text.delta",
              "response.output_text.done",
              "response.content_part.done",
              "response.output_item.done",
              "response.completed");
      assertThat(backend.get(2).at("/event/item/type").asString()).isEqualTo("web_search_call");
      assertThat(backend)
          .extracting(event -> event.at("/event/sequence_number").asInt())
          .isSorted()
          .startsWith(0, 1, 2);
      assertThat(LiveCall.words(events, OUTPUT))
          .isEqualTo(backend.get(7).at("/event/text").asString());
    }
  }

  @Test
  void answersTypedText() {
    try (LiveCall call = LiveCall.start(simulator, responses(""))) {
      call.send(
          """
          {"type":"response.item.create","item":{"type":"message","role":"user",\
          "content":[{"type":"input_text","text":"Say 'blue'"}]}}\
          """);
      call.send("{\"type\":\"response.create\",\"event_id\":\"r1\"}");
      List<JsonNode> events = call.silence(3_000).said();

      assertThat(
              LiveCall.ofType(events, "session.delegation.created")
                  .getFirst()
                  .path("client_event_id")
                  .asString())
          .isEqualTo("r1");
      assertThat(LiveCall.words(events, OUTPUT)).isEqualTo("blue");
    }
  }

  @Test
  void refusesMoreInputThanTheBackendTakes() {
    try (LiveCall call = LiveCall.start(simulator, responses(""))) {
      call.send(
          "{\"type\":\"response.item.create\",\"item\":{\"type\":\"message\",\"content\":\""
              + "x".repeat(32_768)
              + "\"}}");
      JsonNode error = call.next().path("error");

      assertThat(error.path("code").asString()).isEqualTo("response_input_buffer_full");
      assertThat(error.path("param").asString()).isEqualTo("item");
      assertThat(error.path("message").asString())
          .isEqualTo(
              "Backend response input history is limited to 128 items and 32768 UTF-8 bytes per"
                  + " session.");
    }
  }

  @Test
  void reportsAnEffortThatTheBackendDoesNotSupportOnlyWhenItIsUsed() {
    String effort =
        "\"delegation\":{\"type\":\"responses\",\"responses\":{\"model\":\"m\",\"reasoning\":{\"effort\":\"huge\"}}}";
    try (LiveCall call = LiveCall.start(simulator, effort)) {
      List<JsonNode> events = call.speech(500).silence(2_000).said();

      assertThat(LiveCall.ofType(events, "error").getFirst().at("/error/message").asString())
          .startsWith("Unsupported value: 'huge'");
      assertThat(LiveCall.ofType(events, "response.event")).isEmpty();
    }
  }

  @Test
  void decidesForADelegationAndForTheClient() {
    try (LiveCall call =
        LiveCall.start(
            simulator,
            "\"delegation\":{\"type\":\"decisions\",\"decisions\":{\"model\":\"gpt-d\",\"questions\":["
                + QUESTION
                + "]}}")) {
      List<JsonNode> events = call.speech(500).silence(2_000).said();
      JsonNode delegation = LiveCall.ofType(events, "session.delegation.created").getFirst();
      JsonNode decided = LiveCall.ofType(events, "decision.event").getFirst();
      assertThat(decided.path("delegation_id")).isEqualTo(delegation.at("/delegation/id"));
      assertThat(decided.at("/event/decision/answers"))
          .hasToString("[{\"type\":\"predicate\",\"name\":\"angry\",\"probability\":0.5}]");
      assertThat(Skeleton.of(decided.at("/event/decision/usage")))
          .isEqualTo(
              "{input_tokens:integer,input_tokens_details:{cached_tokens:integer,"
                  + "cache_write_tokens:integer},output_tokens:integer,"
                  + "output_tokens_details:{reasoning_tokens:integer},total_tokens:integer}");

      call.send("{\"type\":\"decision.create\",\"event_id\":\"d1\"}").silence(400);
      assertThat(LiveCall.ofType(call.said(), "decision.event")).hasSize(1);
      call.send("{\"type\":\"decision.create\",\"event_id\":\"d1\"}");
      assertThat(call.next().at("/error/param").asString()).isEqualTo("event_id");

      call.send(
          "{\"type\":\"decision.item.create\",\"item\":{\"role\":\"user\",\"content\":\"x\"}}");
      JsonNode item = call.client().await("decision.item.created").path("item");
      call.send(
          "{\"type\":\"decision.item.delete\",\"item_id\":\"" + item.path("id").asString() + "\"}");
      call.client().await("decision.item.deleted");
    }
  }

  @Test
  void firesATriggerForEachTranscriptDelta() {
    try (LiveCall call =
        LiveCall.start(
            simulator,
            "\"triggers\":[{\"type\":\"decisions\",\"event_type\":\"session.input_transcript.delta\","
                + "\"decisions\":{\"questions\":["
                + QUESTION
                + "]}}]")) {
      List<JsonNode> events = call.speech(1_000).silence(1_000).said();
      List<JsonNode> heard = LiveCall.ofType(events, "session.input_transcript.delta");
      List<JsonNode> decided = LiveCall.ofType(events, "decision.event");

      assertThat(decided).hasSameSizeAs(heard).isNotEmpty();
      assertThat(decided.getFirst().path("source_event_id"))
          .isEqualTo(heard.getFirst().path("event_id"));
      assertThat(decided.getFirst().path("trigger_id").asString()).isEqualTo("trigger_1");
    }
  }

  private static String responses(String tools) {
    return """
    "delegation":{"type":"responses","responses":{"model":"gpt-5.6-terra",\
    "instructions":"Help.","tools":[%s]}}\
    """
        .formatted(tools);
  }

  private static List<String> types(List<JsonNode> backend) {
    return backend.stream().map(event -> event.at("/event/type").asString()).toList();
  }
}
