package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class SettingsTest {
  private final Simulator simulator = Simulator.builder().speed(1_000_000).start();
  private final RealtimeClient client = RealtimeClient.connect(simulator);
  private final JsonNode created = client.await("session.created").path("session");

  @AfterEach
  void stop() {
    client.close();
    simulator.close();
  }

  @Test
  void createsTheSessionTheApiCreates() {
    assertThat(created.propertyNames())
        .containsExactly(
            "type",
            "object",
            "id",
            "model",
            "output_modalities",
            "instructions",
            "tools",
            "tool_choice",
            "max_output_tokens",
            "tracing",
            "truncation",
            "prompt",
            "expires_at",
            "audio",
            "include");
    assertThat(created.path("id").asString()).matches("sess_[0-9A-Za-z]{21}");
    assertThat(created.path("model").asString()).isEqualTo("gpt-realtime-2.1");
    assertThat(created.path("expires_at").asLong() - Instant.now().getEpochSecond())
        .isBetween(3_580L, 3_600L);
    assertThat(created.path("audio"))
        .hasToString(
            "{\"input\":{\"format\":{\"type\":\"audio/pcm\",\"rate\":24000},\"transcription\":null,"
                + "\"noise_reduction\":null,\"turn_detection\":{\"type\":\"server_vad\","
                + "\"threshold\":0.5,\"prefix_padding_ms\":300,\"silence_duration_ms\":200,"
                + "\"idle_timeout_ms\":null,\"create_response\":true,\"interrupt_response\":true}},"
                + "\"output\":{\"format\":{\"type\":\"audio/pcm\",\"rate\":24000},"
                + "\"voice\":\"alloy\",\"speed\":1.0}}");
  }

  @Test
  void codesTheTimeIntoIdsAndRepeatsThemForASeed() {
    JsonNode first = createdWithSeed(7);
    JsonNode again = createdWithSeed(7);

    assertThat(first).isEqualTo(again).isNotEqualTo(createdWithSeed(8));
    assertThat(first.path("event_id").asString()).startsWith("event_EWIVa");
    assertThat(first.at("/session/id").asString()).startsWith("sess_EWIVa");
  }

  private static JsonNode createdWithSeed(long seed) {
    ManualTime time = new ManualTime(Instant.ofEpochSecond(1_791_366_350));
    try (Simulator repeatable = Simulator.builder().time(time).seed(seed).start();
        var asker = RealtimeClient.connect(repeatable)) {
      return asker.await("session.created");
    }
  }

  @Test
  void mergesAnUpdateFieldByField() {
    JsonNode updated =
        updated(
            """
            {"type":"realtime","instructions":"Be brief.","audio":{
              "input":{"transcription":{"model":"gpt-realtime-whisper"},
                       "turn_detection":{"type":"server_vad","silence_duration_ms":500}},
              "output":{"voice":"marin"}}}\
            """);

    assertThat(updated.path("instructions").asString()).isEqualTo("Be brief.");
    assertThat(updated.at("/audio/input/transcription"))
        .hasToString("{\"model\":\"gpt-realtime-whisper\",\"language\":null,\"prompt\":null}");
    assertThat(updated.at("/audio/input/turn_detection/silence_duration_ms").asInt())
        .isEqualTo(500);
    assertThat(updated.at("/audio/input/turn_detection/prefix_padding_ms").asInt()).isEqualTo(300);
    assertThat(updated.at("/audio/output/voice").asString()).isEqualTo("marin");
    assertThat(updated.at("/audio/output/format/rate").asInt()).isEqualTo(24_000);
    assertThat(updated.path("id")).isEqualTo(created.path("id"));
  }

  @Test
  void forgetsTheOldKindWhenAnObjectBecomesAnother() {
    JsonNode input =
        updated(
                """
                {"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"},
                  "turn_detection":{"type":"semantic_vad"}}}}\
                """)
            .at("/audio/input");

    assertThat(input.path("format")).hasToString("{\"type\":\"audio/pcmu\"}");
    assertThat(input.path("turn_detection"))
        .hasToString(
            "{\"type\":\"semantic_vad\",\"eagerness\":\"auto\",\"create_response\":true,"
                + "\"interrupt_response\":true}");
  }

  @Test
  void givesToolsBackInTheApisOrder() {
    JsonNode tool =
        updated(
                """
                {"type":"realtime","tools":[{"type":"function","name":"get_weather",
                  "parameters":{"type":"object"},"description":"Look up."}]}\
                """)
            .at("/tools/0");

    assertThat(tool.propertyNames()).containsExactly("type", "name", "description", "parameters");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'realtime','bogus_field':1} | unknown_parameter | session.bogus_field | Unknown parameter: 'session.bogus_field'.",
        "{'type':'realtime','temperature':0.8} | unknown_parameter | session.temperature | Unknown parameter: 'session.temperature'.",
        "{'type':'realtime','audio':{'input':{'x':1}}} | unknown_parameter | session.audio.input.x | Unknown parameter: 'session.audio.input.x'.",
        "{'instructions':'x'} | missing_required_parameter | session.type | Missing required parameter: 'session.type'.",
        "{'type':'transcription'} | invalid_parameter | session.type | Passing a transcription session update event to a realtime session is not allowed.",
        "{'type':'realtime','instructions':7} | invalid_type | session.instructions | Invalid type for 'session.instructions': expected a string, but got an integer instead.",
        "{'type':'realtime','tool_choice':'never'} | invalid_value | session.tool_choice | Invalid value: 'never'. Supported values are: 'auto', 'none', and 'required'.",
        "{'type':'realtime','audio':{'input':{'format':{'type':'audio/pcm','rate':16000}}}} | integer_below_min_value | session.audio.input.format.rate | Invalid 'session.audio.input.format.rate': integer below minimum value. Expected a value >= 24000, but got 16000 instead.",
        "{'type':'realtime','audio':{'input':{'format':{'type':'pcm16'}}}} | invalid_value | session.audio.input.format.type | Invalid value: 'pcm16'. Supported values are: 'audio/pcm', 'audio/pcma', and 'audio/pcmu'.",
        "{'type':'realtime','audio':{'input':{'turn_detection':{'type':'server_vad','threshold':1.5}}}} | decimal_above_max_value | session.audio.input.turn_detection.threshold | Invalid 'session.audio.input.turn_detection.threshold': decimal above maximum value. Expected a value <= 1.0, but got 1.5 instead.",
        "{'type':'realtime','max_output_tokens':5000} | integer_above_max_value | session.max_output_tokens | Invalid 'session.max_output_tokens': integer above maximum value. Expected a value <= 4096, but got 5000 instead.",
        "{'type':'realtime','model':'gpt-realtime-2'} | invalid_value | session.model | The model of a session cannot be changed; it is 'gpt-realtime-2.1'.",
        "{'type':'realtime','output_modalities':['video']} | invalid_value | session.output_modalities[0] | Invalid value: 'video'. Supported values are: 'text' and 'audio'.",
      })
  void discardsAnUpdateWithOneMistakeWhole(
      String session, String code, String param, String message) {
    client.update(session.replace('\'', '"').replaceFirst("\\{", "{\"tracing\":\"auto\","));

    JsonNode error = client.next().path("error");
    assertThat(error.path("code").asString()).isEqualTo(code);
    assertThat(error.path("param").asString()).isEqualTo(param);
    assertThat(error.path("message").asString()).isEqualTo(message);
    assertThat(updated("{\"type\":\"realtime\"}")).isEqualTo(created);
  }

  @Test
  void keepsItsVoiceOnceItHasSpoken() {
    client.say("hello").respond();
    client.await("response.done");
    client.await("rate_limits.updated");

    client.update("{\"type\":\"realtime\",\"audio\":{\"output\":{\"voice\":\"cedar\"}}}");

    assertThat(client.next().at("/error/code").asString()).isEqualTo("cannot_update_voice");
  }

  @Test
  void takesItsOwnModelInAnUpdate() {
    assertThat(updated("{\"type\":\"realtime\",\"model\":\"gpt-realtime-2.1\"}"))
        .isEqualTo(created);
  }

  private JsonNode updated(String session) {
    client.update(session);
    return client.await("session.updated").path("session");
  }
}
