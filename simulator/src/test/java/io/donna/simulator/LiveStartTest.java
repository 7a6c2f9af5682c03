package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class LiveStartTest {
  private final Simulator simulator = Simulator.builder().speed(1_000_000).start();

  @AfterEach
  void stop() {
    simulator.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/live/sessions", "/openai/v1/live/sessions"})
  void servesTheApisPaths(String path) {
    try (var client = RealtimeClient.connectTo(simulator.uri().resolve(path))) {
      client.send(LiveCall.start("gpt-live-1.1", ""));
      assertThat(client.await("session.started").at("/session/model").asString())
          .isEqualTo("gpt-live-1.1");
    }
  }

  @Test
  void saysNothingBeforeTheFirstEvent() {
    try (LiveCall call = LiveCall.connect(simulator)) {
      call.send("{\"type\":\"session.close\",\"event_id\":\"early\"}");
      JsonNode first = call.next();

      assertThat(first.path("type").asString()).isEqualTo("error");
      assertThat(first.at("/error/message").asString())
          .isEqualTo("The first event must be 'session.start', not 'session.close'.");
      assertThat(first.at("/error/client_event_id").asString()).isEqualTo("early");
      call.send(LiveCall.start("gpt-live-1", ""));
      call.client().await("session.started");
    }
  }

  @Test
  void losesAudioThatComesBeforeTheStart() {
    ManualTime time = new ManualTime(Instant.EPOCH);
    try (Simulator slow = Simulator.builder().speed(1).time(time).start();
        LiveCall call = LiveCall.connect(slow).send(LiveCall.start("gpt-live-1", ""))) {
      call.silence(500).awaitReading();
      time.advance(Duration.ofMillis(300));
      call.client().await("session.started");

      assertThat(call.silence(200).events()).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'session.start','event_id':'c1','session':{'model':'gpt-live-1','instructions':'Keep replies brief.','audio':{'format':{'type':'audio/pcm','rate':24000},'output':{'voice':'marin'}},'delegation':{'type':'client'}}}",
        "{'type':'session.start','session':{'model':'gpt-live-1','delegation':{'type':'responses','responses':{'model':'gpt-5.6-terra','instructions':'…','max_output_tokens':2048,'reasoning':{'effort':'low'},'tools':[{'type':'web_search'},{'type':'function','name':'map_look','parameters':{'type':'object'}}],'tool_choice':'auto','parallel_tool_calls':true}}}}",
        "{'type':'session.start','event_id':null,'session':{'model':'gpt-live-1','instructions':null,'delegation':null,'input':[{'role':'assistant','content':[{'text':'Hi.'}]}],'audio':{'output':{'voice':{'id':'voice_1'}}},'store':true,'safety_identifier':'u'}}",
      })
  void takesWhatTheApiDocuments(String start) {
    try (LiveCall call = LiveCall.connect(simulator).send(start.replace('\'', '"'))) {
      JsonNode started = call.next();

      assertThat(started.path("type").asString()).isEqualTo("session.started");
      assertThat(started.at("/session/input")).isEmpty();
      assertThat(started.path("client_event_id").asString("-"))
          .isEqualTo(start.contains("'c1'") ? "c1" : "-");
    }
  }

  @Test
  void fillsInWhatAStartLeavesOut() {
    try (LiveCall call = LiveCall.connect(simulator).send(LiveCall.start("gpt-live-1", ""))) {
      JsonNode session = call.client().await("session.started").path("session");

      assertThat(session.path("audio"))
          .hasToString(
              "{\"output\":{\"voice\":\"marin\"},\"format\":{\"type\":\"audio/pcm\",\"rate\":24000}}");
      assertThat(session.path("delegation")).hasToString("{\"type\":\"client\"}");
      assertThat(session.path("instructions").asString()).isNotBlank();
      assertThat(session.path("expires_at").asLong() - Instant.now().getEpochSecond())
          .isBetween(7_190L, 7_200L);
    }
  }

  @ParameterizedTest(name = "{0}, {1}: {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      value = {
        "gpt-live-inexistente-9 | - | invalid_model | - | Model \"gpt-live-inexistente-9\" is not supported in realtime mode.",
        "gpt-realtime | - | invalid_model | - | Model \"gpt-realtime\" is not supported in realtime mode.",
        "gpt-live-transcribe | - | invalid_model | - | Model \"gpt-live-transcribe\" is not supported in realtime mode.",
        "fault/refuse | - | invalid_model | - | Model \"fault/refuse\" is not supported in realtime mode.",
        "gpt-live-1 | 'instructions':'@59000' | invalid_value | session.instructions | Instructions must not exceed 16384 tokens",
        "gpt-live-1 | 'tools':[] | unknown_parameter | session.tools | Unknown parameter: 'session.tools'.",
        "gpt-live-1 | 'turn_detection':null | unknown_parameter | session.turn_detection | Unknown parameter: 'session.turn_detection'.",
        "gpt-live-1 | 'audio':{'format':{'type':'audio/pcm','rate':8000}} | invalid_value | session.audio.format.rate | Invalid value: '8000'. Supported values are: '16000' and '24000'.",
        "gpt-live-1 | 'delegation':{'type':'responses'} | missing_required_parameter | session.delegation.responses | Missing required parameter: 'session.delegation.responses'.",
        "gpt-live-1 | 'delegation':{'type':'responses','responses':{}} | missing_required_parameter | session.delegation.responses.model | Missing required parameter: 'session.delegation.responses.model'.",
        "gpt-live-1 | 'delegation':{'type':'responses','responses':{'model':'m','tools':[{'type':'bash'}]}} | invalid_value | session.delegation.responses.tools[0].type | -",
        "gpt-live-1 | 'input':[{'role':'user','content':[]}] | invalid_value | session.input | A message of the history has exactly one text part.",
        "gpt-live-1 | 'input':[{'role':'user','content':[{'text':'@30000'}]}] | invalid_value | session.input | Input must not exceed 128 messages and 8192 tokens",
        "gpt-live-1 | 'audio':{'output':{'voice':'nobody'}} | invalid_value | session.audio.output.voice | -",
      })
  void refusesAStartAndDropsTheConnection(
      String model,
      @Nullable String fields,
      String code,
      @Nullable String param,
      @Nullable String message) {
    String start = fields == null ? "" : fields.replace('\'', '"');
    start = start.replace("@59000", "x".repeat(59_000)).replace("@30000", "x".repeat(30_000));
    // The drop follows in 200 ms: at once, the JDK's client could lose the error.
    try (Simulator slower = Simulator.builder().speed(10).start();
        LiveCall call = LiveCall.connect(slower).send(LiveCall.start(model, start))) {
      JsonNode error = call.next().path("error");

      assertThat(error.path("code").asString()).isEqualTo(code);
      assertThat(error.path("param").asString(null)).isEqualTo(param);
      if (message != null) {
        assertThat(error.path("message").asString()).isEqualTo(message);
      }
      SimulatedConnection connection = slower.awaitConnection(Duration.ofSeconds(10));
      connection.awaitClose(Duration.ofSeconds(10));
      assertThat(connection.closeCode()).as("the client's answer to a close frame").isEmpty();
    }
  }

  @Test
  void refusesAWrongKeyInTheSession() {
    try (Simulator strict = Simulator.builder().apiKey("sk-right").start();
        LiveCall call = LiveCall.connect(strict)) {
      JsonNode error = call.next();

      assertThat(error.path("error").propertyNames()).containsExactly("type", "code", "message");
      assertThat(call.client().awaitEnd()).isEqualTo("3000 invalid_request_error.invalid_api_key");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/live/sessions/live_x/attach",
    "/v1/live/sessions/live_x/fork",
    "/v1/live",
    "/v1/live/sessions/"
  })
  void servesThePrimarySocketOnly(String path) {
    URI uri = simulator.uri().resolve(path);
    assertThatThrownBy(() -> RealtimeClient.connectTo(uri))
        .hasMessageContaining("WebSocketHandshakeException");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      value = {
        "{'type':'session.start','session':{'model':'gpt-live-1'}} | invalid_event | type | The session has already started.",
        "{'type':'session.update','session':{'instructions':'x'}} | unknown_parameter | session.instructions | Unknown parameter: 'session.instructions'.",
        "{'type':'session.update','session':{'delegation':{'type':'responses'}}} | immutable_field_update | session.delegation.type | -",
        "{'type':'session.input_audio.append','audio':'AAAA'} | invalid_value | audio | -",
        "{'type':'session.input_audio.append','audio':'%'} | invalid_value | audio | -",
        "{'type':'session.thinking.append','content':'x'} | missing_required_parameter | delegation_id | -",
        "{'type':'session.thinking.append','delegation_id':'item_x','content':'x'} | invalid_value | delegation_id | -",
        "{'type':'session.thinking.append','delegation_id':null,'content':'@1900'} | invalid_value | content | Context append text must not exceed 500 tokens.",
        "{'type':'response.item.create','item':{'type':'message'}} | invalid_event | type | response.item.create requires Responses delegation.",
        "{'type':'response.create'} | invalid_event | type | response.create requires Responses delegation.",
        "{'type':'decision.create','event_id':'d'} | invalid_event | type | decision.create requires Decisions delegation.",
        "{'type':'decision.create'} | missing_required_parameter | event_id | -",
        "{'type':'session.output_audio.fixture.play','audio':''} | invalid_value | audio | -",
        "{'type':'input_audio_buffer.commit'} | invalid_value | type | -",
        "{'type':'response.cancel'} | invalid_value | type | -",
        "{ | invalid_json | - | -",
        "[] | invalid_event | - | -",
      })
  void saysWhatIsWrongAndGoesOn(
      String message, String code, @Nullable String param, @Nullable String text) {
    try (LiveCall call = LiveCall.start(simulator)) {
      call.send(message.replace('\'', '"').replace("@1900", "x".repeat(1_900)));
      JsonNode event = call.next();

      assertThat(event.propertyNames()).containsExactly("type", "event_id", "error");
      assertThat(event.at("/error/code").asString()).isEqualTo(code);
      assertThat(event.at("/error/param").asString(null)).isEqualTo(param);
      assertThat(event.path("error").has("param")).isEqualTo(param != null);
      if (text != null) {
        assertThat(event.at("/error/message").asString()).isEqualTo(text);
      }
      assertThat(call.silence(100).events()).hasSize(1);
    }
  }

  @Test
  void listsTheEventsItTakes() {
    try (LiveCall call = LiveCall.start(simulator)) {
      call.send("{\"type\":\"foo\"}");

      assertThat(call.next().at("/error/message").asString())
          .startsWith("Invalid value: 'foo'. Supported values are: 'session.start', ")
          .endsWith("'response.create', and 'session.close'.");
    }
  }

  @Test
  void takes500TokensOfAppendedText() {
    try (LiveCall call = LiveCall.start(simulator)) {
      call.send(
          "{\"type\":\"session.thinking.append\",\"delegation_id\":null,\"content\":\""
              + "x".repeat(1_756)
              + "\"}");
      List<JsonNode> events = call.silence(800).said();

      assertThat(LiveCall.ofType(events, "session.thinking.appended")).hasSize(1);
    }
  }

  @Test
  void updatesTheDelegationSparsely() {
    String responses =
        "\"delegation\":{\"type\":\"responses\",\"responses\":{\"model\":\"a\",\"tools\":[]}}";
    try (LiveCall call = LiveCall.start(simulator, responses)) {
      call.send(
          """
          {"type":"session.update","event_id":"u1","session":{"delegation":{"type":"responses",
           "responses":{"model":"gpt-6-luna"}}}}\
          """);
      JsonNode updated = call.next();

      assertThat(updated.propertyNames())
          .containsExactly("event_id", "type", "session", "client_event_id");
      assertThat(updated.at("/session/delegation"))
          .hasToString(
              "{\"type\":\"responses\",\"responses\":{\"model\":\"gpt-6-luna\",\"tools\":[]}}");
    }
  }
}
