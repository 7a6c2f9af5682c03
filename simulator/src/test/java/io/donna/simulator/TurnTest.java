package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class TurnTest {
  private static final String TEXT = "{\"output_modalities\":[\"text\"]}";

  private final Simulator simulator = Simulator.builder().speed(1_000_000).start();
  private final RealtimeClient client = RealtimeClient.connect(simulator);

  TurnTest() {
    client.await("session.created");
  }

  @AfterEach
  void stop() {
    client.close();
    simulator.close();
  }

  @Test
  void answersTextInTheRecordedOrder() {
    client.say("Say 'blue'").respond(TEXT);
    List<JsonNode> events = client.until("rate_limits.updated");

    assertThat(types(events))
        .containsExactly(
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "conversation.item.done",
            "response.output_item.done",
            "response.done",
            "rate_limits.updated");
    assertThat(events.get(5).path("part")).hasToString("{\"type\":\"text\",\"text\":\"\"}");
    assertThat(events.get(9).path("item").toString())
        .endsWith("\"content\":[{\"type\":\"output_text\",\"text\":\"blue\"}]}");
  }

  @Test
  void answersAloudInTheRecordedOrder() {
    client.say("Say a short greeting.").respond();
    List<JsonNode> events = client.until("rate_limits.updated");

    assertThat(types(events).stream().distinct())
        .containsExactly(
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_audio_transcript.delta",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
            "rate_limits.updated");
    assertThat(types(events).indexOf("response.output_audio.delta")).isGreaterThanOrEqualTo(9);
    String transcript = joined(events, "response.output_audio_transcript.delta");
    assertThat(transcript).isEqualTo("Hello! It is nice to hear from you. How can I help?");
    assertThat(events.get(events.size() - 2).at("/response/output/0/content/0/transcript"))
        .hasToString('"' + transcript + '"');
  }

  @Test
  void speaksInPiecesOfAQuarterSecond() {
    client.say("Tell me a story").respond();
    List<byte[]> audio =
        client.until("response.done").stream()
            .filter(event -> event.path("type").asString().equals("response.output_audio.delta"))
            .map(event -> Base64.getDecoder().decode(event.path("delta").asString()))
            .toList();

    assertThat(audio.subList(2, audio.size() - 1)).allMatch(piece -> piece.length == 12_000);
    assertThat(audio.getFirst()).hasSizeLessThan(12_000);
    int bytes = audio.stream().mapToInt(piece -> piece.length).sum();
    assertThat(bytes / 48_000.0).as("seconds of story").isGreaterThan(20);
    assertThat(audio.stream().anyMatch(TurnTest::isLoud)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"audio/pcmu", "audio/pcma"})
  void speaksG711WhenAskedTo(String format) {
    client.update(
        "{\"type\":\"realtime\",\"audio\":{\"output\":{\"format\":{\"type\":\""
            + format
            + "\"}}}}");
    client.say("hello").respond();
    List<JsonNode> events = client.until("response.done");

    ByteArrayOutputStream audio = new ByteArrayOutputStream();
    for (JsonNode event : events) {
      if (event.path("type").asString().equals("response.output_audio.delta")) {
        audio.writeBytes(Base64.getDecoder().decode(event.path("delta").asString()));
      }
    }
    int tokens = events.getLast().at("/response/usage/output_token_details/audio_tokens").asInt();
    assertThat(audio.size() / 8_000.0 * 20).isBetween(tokens - 1.0, tokens + 0.0);
  }

  @Test
  void padsEveryPieceOfTextToOneLength() {
    client.say("Count to ten").respond(TEXT);

    assertThat(client.until("response.done"))
        .filteredOn(event -> event.has("obfuscation"))
        .isNotEmpty()
        .allMatch(event ->
            event.path("delta").asString().length() + event.path("obfuscation").asString().length()
                == 16);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Hello there | Hello! It is nice",
        "Who are you? | I am the Donna simulator.",
        "What is the weather? | It is sunny",
        "Please count | One, two, three",
        "Tell me a story | Once upon a time",
        "Say exactly: a b c | a b c",
        "Where is the key? | You said: “Where is the key?”",
      })
  void answersTheSameWordsTheSameWay(String said, String answer) {
    client.say(said).respond(TEXT);

    assertThat(client.await("response.output_text.done").path("text").asString())
        .startsWith(answer);
  }

  @Test
  void countsEveryTokenOfTheWholeConversation() {
    client.update("{\"type\":\"realtime\",\"instructions\":\"" + "word ".repeat(100) + "\"}");
    client.say("Say 'one'").respond(TEXT);
    JsonNode first = client.await("response.done").at("/response/usage");
    client.say("Say 'two'").respond(TEXT);
    JsonNode second = client.await("response.done").at("/response/usage");

    assertThat(first)
        .hasToString(
            "{\"total_tokens\":129,\"input_tokens\":128,\"output_tokens\":1,"
                + "\"input_token_details\":{\"text_tokens\":128,\"audio_tokens\":0,"
                + "\"image_tokens\":0,\"cached_tokens\":0,\"cached_tokens_details\":"
                + "{\"text_tokens\":0,\"audio_tokens\":0,\"image_tokens\":0}},"
                + "\"output_token_details\":{\"text_tokens\":1,\"audio_tokens\":0}}");
    assertThat(second.path("input_tokens").asInt()).isEqualTo(128 + 1 + 3);
    assertThat(second.at("/input_token_details/cached_tokens").asInt()).isEqualTo(128);
  }

  @Test
  void reportsRateLimitsAfterEachResponse() {
    client.say("Say 'one'").respond(TEXT);
    int total = client.await("response.done").at("/response/usage/total_tokens").asInt();
    JsonNode limits = client.next().path("rate_limits");

    assertThat(limits).hasSize(1);
    assertThat(limits.get(0).path("name").asString()).isEqualTo("tokens");
    assertThat(limits.get(0).path("remaining").asInt()).isEqualTo(15_000_000 - total);
  }

  @Test
  void keepsAnOutOfBandResponseOutOfTheConversation() {
    client.respond(
        """
        {"conversation":"none","output_modalities":["text"],"metadata":{"topic":"x"},
         "input":[{"type":"message","role":"user",
                   "content":[{"type":"input_text","text":"Say 'aside'"}]}]}\
        """);
    List<JsonNode> events = client.until("rate_limits.updated");

    assertThat(types(events)).doesNotContain("conversation.item.added", "conversation.item.done");
    JsonNode response = events.get(events.size() - 2).path("response");
    assertThat(response.path("conversation_id").isNull()).isTrue();
    assertThat(response.at("/metadata/topic").asString()).isEqualTo("x");
    assertThat(response.at("/output/0/content/0/text").asString()).isEqualTo("aside");
  }

  @Test
  void stopsAtTheTokenLimit() {
    client.say("Tell me a story");
    client.respond("{\"output_modalities\":[\"text\"],\"max_output_tokens\":5}");
    JsonNode response = client.await("response.done").path("response");

    assertThat(response.path("status").asString()).isEqualTo("incomplete");
    assertThat(response.path("status_details"))
        .hasToString("{\"type\":\"incomplete\",\"reason\":\"max_output_tokens\"}");
    assertThat(response.at("/usage/output_tokens").asInt()).isLessThanOrEqualTo(5);
    assertThat(response.at("/output/0/status").asString()).isEqualTo("incomplete");
  }

  @Test
  void followsTheInstructionsOfAResponseThatDictates() {
    client.respond("{\"instructions\":\"Say exactly: ready\",\"output_modalities\":[\"text\"]}");

    assertThat(client.await("response.output_text.done").path("text").asString())
        .isEqualTo("ready");
  }

  private static boolean isLoud(byte[] pcm) {
    for (int i = 1; i < pcm.length; i += 2) {
      if (Math.abs(pcm[i]) > 20) {
        return true;
      }
    }
    return false;
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.path("type").asString()).toList();
  }

  private static String joined(List<JsonNode> events, String type) {
    return events.stream()
        .filter(event -> event.path("type").asString().equals(type))
        .map(event -> event.path("delta").asString())
        .collect(Collectors.joining());
  }
}
