package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class TranscriptionTest {
  private static final String PREFIX = "conversation.item.input_audio_transcription.";
  private static final Recording RECORDED = Recording.of("transcription.jsonl");

  private final Simulator simulator =
      Simulator.builder().speed(1_000_000).hears("Guten Tag", "Auf Wiedersehen.").start();
  private final RealtimeClient client = connect(simulator);
  private final JsonNode created = client.await("session.created");

  @AfterEach
  void stop() {
    client.close();
    simulator.close();
  }

  @Test
  void createsTheSessionTheApiCreates() {
    assertThat(Skeleton.of(created)).isEqualTo(Skeleton.of(RECORDED.event("session.created")));
    assertThat(created.at("/session/id").asString()).matches("sess_[0-9A-Za-z]{21}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt-live-transcribe", "gpt-realtime-whisper"})
  void transcribesWhatTheClientCommits(String model) {
    update(model, ",\"turn_detection\":null");
    client.append(LiveCall.pcm(2_500, 24_000, 6_000), 48_000);
    client.send("{\"type\":\"input_audio_buffer.commit\"}");
    List<JsonNode> events = client.until(PREFIX + "completed");

    assertThat(types(events))
        .containsExactly(
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            PREFIX + "delta",
            PREFIX + "delta",
            PREFIX + "completed");
    assertThat(Skeleton.of(events.get(3))).isEqualTo(Skeleton.of(RECORDED.event(PREFIX + "delta")));
    assertThat(Skeleton.of(events.getLast()))
        .isEqualTo(Skeleton.of(RECORDED.event(PREFIX + "completed")));
    assertThat(events.getLast().path("transcript").asString()).isEqualTo("Guten Tag");
    assertThat(events.getLast().path("usage")).hasToString("{\"type\":\"duration\",\"seconds\":3}");
    assertThat(events.getLast().path("item_id")).isEqualTo(events.getFirst().path("item_id"));
  }

  @Test
  void findsTurnsAndCountsTokensWithModelsThatDo() {
    update("gpt-4o-transcribe", "");
    client.append(LiveCall.pcm(1_000, 24_000, 6_000), 48_000);
    client.append(LiveCall.pcm(500, 24_000, 0), 48_000);
    List<JsonNode> events = client.until(PREFIX + "completed");

    assertThat(types(events))
        .startsWith(
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed");
    assertThat(Skeleton.of(events.getLast().path("usage")))
        .isEqualTo(
            "{type:string,input_tokens:integer,input_token_details:{text_tokens:integer,"
                + "audio_tokens:integer},output_tokens:integer,total_tokens:integer}");
    assertThat(events.getLast().at("/usage/total_tokens").asInt())
        .isEqualTo(
            events.getLast().at("/usage/input_tokens").asInt()
                + events.getLast().at("/usage/output_tokens").asInt());
  }

  @Test
  void chainsItems() {
    update("gpt-live-transcribe", "");
    JsonNode first = commit();
    JsonNode second = commit();

    assertThat(first.path("previous_item_id").isNull()).isTrue();
    assertThat(second.path("previous_item_id")).isEqualTo(first.path("item_id"));
  }

  @Test
  void turnsDetectionOffForAModelWithoutIt() {
    JsonNode updated = update("gpt-realtime-whisper", "");

    assertThat(updated.at("/session/audio/input/turn_detection").isNull()).isTrue();
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'model':'gpt-realtime-whisper'},'turn_detection':{'type':'server_vad'} | invalid_value | session.audio.input.turn_detection | Turn detection is not supported for this transcription model.",
        "{'model':'gpt-live-transcribe'},'turn_detection':{'type':'semantic_vad'} | invalid_value | session.audio.input.turn_detection | Turn detection is not supported for this transcription model.",
        "{'model':'gpt-realtime-whisper','prompt':'x'} | invalid_value | session.audio.input.transcription.prompt | Prompt is not supported for this transcription model.",
        "{'model':'whisper-1','keywords':['x']} | invalid_value | session.audio.input.transcription.keywords | Keywords are not supported for this transcription model.",
        "{'model':'gpt-4o-transcribe','languages':['de']} | invalid_value | session.audio.input.transcription.languages | Languages are not supported for this transcription model.",
        "{'model':'gpt-live-transcribe','delay':'low'} | invalid_value | session.audio.input.transcription.delay | Delay is not supported for this transcription model.",
      })
  void enforcesTheRulesOfItsModels(String input, String code, String param, String message) {
    client.update(
        "{\"type\":\"transcription\",\"audio\":{\"input\":{\"transcription\":"
            + input.replace('\'', '"')
            + "}}}");
    JsonNode error = client.next().path("error");

    assertThat(error.path("code").asString()).isEqualTo(code);
    assertThat(error.path("param").asString()).isEqualTo(param);
    assertThat(error.path("message").asString()).isEqualTo(message);
    client.update("{\"type\":\"transcription\"}");
    assertThat(client.next().path("session")).isEqualTo(created.path("session"));
  }

  @Test
  void refusesWhatIsNotTranscription() {
    client.update("{\"type\":\"realtime\"}");
    assertThat(client.next().at("/error/message").asString())
        .isEqualTo(
            "Passing a realtime session update event to a transcription session is not allowed.");
    client.update(
        "{\"type\":\"transcription\",\"audio\":{\"input\":{\"transcription\":{\"model\":\"gpt-4\"}}}}");
    assertThat(client.next().at("/error/message").asString())
        .startsWith("Invalid value: 'gpt-4'. Supported values are: 'gpt-live-transcribe', ");
    client.respond();
    assertThat(client.next().at("/error/message").asString())
        .isEqualTo("Invalid event: 'response.create' is not accepted in a transcription session.");
    client.send("{\"type\":\"input_audio_buffer.commit\"}");
    assertThat(client.next().at("/error/code").asString())
        .isEqualTo("input_audio_buffer_commit_empty");
    client.send("{\"type\":\"transcription_session.update\",\"session\":{}}");
    assertThat(client.next().at("/error/code").asString()).isEqualTo("invalid_value");
  }

  @Test
  void addsLogprobsAndLanguagesWhereTheyBelong() {
    client.update(
        """
        {"type":"transcription","include":["item.input_audio_transcription.logprobs"],"audio":{
         "input":{"turn_detection":null,"transcription":{"model":"gpt-transcribe",
          "languages":["de","en"]}}}}\
        """);
    commit();
    List<JsonNode> events = client.until(PREFIX + "completed");

    assertThat(events.getLast().path("languages"))
        .hasToString("[{\"code\":\"de\"},{\"code\":\"en\"}]");
    assertThat(events.getLast().at("/logprobs/0/token").asString()).isEqualTo("Guten Tag");
    assertThat(events.get(2).at("/logprobs/0/bytes")).hasToString("[71,117,116,101,110]");
  }

  @Test
  void reportsNoUsageOrAFailureOnDemand() {
    try (Simulator faulty = Simulator.builder().speed(1e6).start()) {
      try (var asker = connect(faulty)) {
        update(asker, "fault/no-usage", ",\"turn_detection\":null");
        JsonNode completed = commit(asker, PREFIX + "completed");
        assertThat(completed.has("usage")).isFalse();
      }
      try (var asker = connect(faulty)) {
        update(asker, "fault/failed-transcription", ",\"turn_detection\":null");
        JsonNode failed = commit(asker, PREFIX + "failed");
        assertThat(failed.path("error"))
            .hasToString(
                "{\"type\":\"server_error\",\"code\":null,\"message\":\"Input transcription failed"
                    + " for item '"
                    + failed.path("item_id").asString()
                    + "'.\",\"param\":null}");
      }
      try (var asker = connect(faulty)) {
        update(asker, "fault/drop@3", ",\"turn_detection\":null");
        asker.append(LiveCall.pcm(500, 24_000, 6_000), 48_000);
        asker.send("{\"type\":\"input_audio_buffer.commit\"}");
        faulty.awaitConnection(Duration.ofSeconds(10));
        faulty.awaitConnection(Duration.ofSeconds(10));
        faulty.awaitConnection(Duration.ofSeconds(10)).awaitClose(Duration.ofSeconds(10));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"?model=whisper-1", "?model=gpt-live-transcribe"})
  void refusesItsModelsAsRealtimeModels(String query) {
    try (var asker = RealtimeClient.connectTo(URI.create(simulator.uri() + query))) {
      assertThat(asker.next().at("/error/message").asString())
          .contains("is a transcription model and cannot be used as the realtime session model.");
      assertThat(asker.awaitEnd()).isEqualTo("4000 invalid_request_error.invalid_model");
    }
  }

  private JsonNode commit() {
    return commit(client, "input_audio_buffer.committed");
  }

  private static JsonNode commit(RealtimeClient asker, String until) {
    asker.append(LiveCall.pcm(500, 24_000, 6_000), 48_000);
    asker.send("{\"type\":\"input_audio_buffer.commit\"}");
    return asker.await(until);
  }

  private JsonNode update(String model, String more) {
    return update(client, model, more);
  }

  private static JsonNode update(RealtimeClient asker, String model, String more) {
    asker.update(
        "{\"type\":\"transcription\",\"audio\":{\"input\":{\"transcription\":{\"model\":\""
            + model
            + "\"}"
            + more
            + "}}}");
    return asker.next();
  }

  private static RealtimeClient connect(Simulator simulator) {
    return RealtimeClient.connect(
        simulator, "?intent=transcription", "Authorization", "Bearer sk-test");
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.path("type").asString()).toList();
  }
}
