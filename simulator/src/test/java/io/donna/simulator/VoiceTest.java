package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class VoiceTest {
  private static final int PCM = 48_000;
  private static final int WAV_HEADER = 44;
  private static final byte[] SILENCE = new byte[PCM / 2];
  private static final String MANUAL =
      "{\"type\":\"realtime\",\"audio\":{\"input\":{\"turn_detection\":null}}}";

  private final byte[] question;
  private final Simulator simulator = Simulator.builder().speed(1_000_000).start();
  private final RealtimeClient client = RealtimeClient.connect(simulator);

  VoiceTest() throws IOException {
    byte[] wav = Files.readAllBytes(Path.of("speech", "question-24k.wav"));
    question = Arrays.copyOfRange(wav, WAV_HEADER, wav.length);
    client.await("session.created");
  }

  @AfterEach
  void stop() {
    client.close();
    simulator.close();
  }

  @Test
  void findsTheUsersTurnInTheirVoice() {
    client.append(SILENCE, PCM).append(question, PCM).append(SILENCE, PCM);
    List<JsonNode> events = client.until("response.created");

    assertThat(types(events))
        .containsExactly(
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created");
    assertThat(events.get(0).path("audio_start_ms").asInt()).isBetween(200, 300);
    assertThat(events.get(1).path("audio_end_ms").asInt()).isBetween(2_900, 3_200);
    String itemId = events.get(0).path("item_id").asString();
    assertThat(events.subList(1, 3)).allMatch(e -> e.path("item_id").asString().equals(itemId));
    assertThat(events.get(3).path("item"))
        .hasToString(
            "{\"id\":\""
                + itemId
                + "\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"user\","
                + "\"content\":[{\"type\":\"input_audio\",\"transcript\":null}]}");
  }

  @Test
  void saysAloudHowLongItHeardTheUser() {
    client.append(question, PCM).append(SILENCE, PCM);
    JsonNode done = client.await("response.done").path("response");

    assertThat(done.at("/output/0/content/0/transcript").asString())
        .matches("I heard you for two( point \\w+)? seconds\\.");
    assertThat(done.at("/usage/input_token_details/audio_tokens").asInt()).isBetween(25, 29);
  }

  @Test
  void hearsNothingInSilence() {
    client.append(new byte[3 * PCM], PCM).update("{\"type\":\"realtime\"}");

    assertThat(client.next().path("type").asString()).isEqualTo("session.updated");
  }

  @ParameterizedTest
  @ValueSource(strings = {"high", "low"})
  void waitsLongerTheLessEagerItIs(String eagerness) {
    client.update(
        """
        {"type":"realtime","audio":{"input":{"turn_detection":
          {"type":"semantic_vad","eagerness":"%s","create_response":false}}}}\
        """
            .formatted(eagerness));
    client.await("session.updated");
    client
        .append(question, PCM)
        .append(SILENCE, PCM)
        .send("{\"type\":\"input_audio_buffer.clear\"}");

    assertThat(types(client.until("input_audio_buffer.cleared")))
        .hasSize(eagerness.equals("high") ? 6 : 2);
  }

  @Test
  void leavesTheAnswerToTheClientWhenToldTo() {
    client.update(
        """
        {"type":"realtime","audio":{"input":{"turn_detection":
          {"type":"server_vad","create_response":false}}}}\
        """);
    client.append(question, PCM).append(SILENCE, PCM);
    client.await("conversation.item.done");

    client.send("{\"type\":\"input_audio_buffer.clear\"}");

    assertThat(client.next().path("type").asString()).isEqualTo("input_audio_buffer.cleared");
  }

  @Test
  void leavesTurnsToTheClientWithoutTurnDetection() {
    client.update(MANUAL);
    client.await("session.updated");
    client.append(question, PCM).send("{\"type\":\"input_audio_buffer.commit\"}").respond();

    assertThat(types(client.until("response.created")))
        .containsExactly(
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created");
  }

  @Test
  void refusesToCommitNothing() {
    client.update(MANUAL);
    client.await("session.updated");
    client.append(new byte[PCM / 20], PCM).send("{\"type\":\"input_audio_buffer.commit\"}");

    JsonNode error = client.next().path("error");
    assertThat(error.path("code").asString()).isEqualTo("input_audio_buffer_commit_empty");
    assertThat(error.path("message").asString())
        .isEqualTo(
            "Error committing input audio buffer: buffer too small. Expected at least 100ms of"
                + " audio, but buffer only has 50.00ms of audio.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"audio/pcmu", "audio/pcma"})
  void hearsG711(String format) {
    client.update(
        "{\"type\":\"realtime\",\"audio\":{\"input\":{\"format\":{\"type\":\"" + format + "\"}}}}");
    client.await("session.updated");
    byte[] tone = new byte[8_000];
    // Both laws have their loudest samples here and their quietest at the top of the range.
    for (int i = 0; i < tone.length; i++) {
      tone[i] = (byte) (i % 2 == 0 ? 0x10 : 0x90);
    }
    byte[] silence = new byte[4_000];
    Arrays.fill(silence, (byte) (format.equals("audio/pcmu") ? 0xFF : 0xD5));
    client.append(tone, 8_000).append(silence, 8_000);

    JsonNode stopped = client.await("input_audio_buffer.speech_stopped");
    assertThat(stopped.path("audio_end_ms").asInt()).isEqualTo(1_200);
  }

  @Test
  void tellsHonestlyWhatItMadeOfTheUsersVoice() {
    client.update(
        "{\"type\":\"realtime\",\"audio\":{\"input\":{\"transcription\":{\"model\":\"whisper-1\"}}}}");
    client.append(question, PCM).append(SILENCE, PCM);
    List<JsonNode> events = client.until("conversation.item.input_audio_transcription.completed");

    assertThat(types(events).indexOf("response.created"))
        .isLessThan(types(events).indexOf("conversation.item.input_audio_transcription.delta"));
    assertThat(events.getLast().path("transcript").asString())
        .matches("\\(2\\.\\d seconds of speech\\)");
    assertThat(events.getLast().path("usage")).hasToString("{\"type\":\"duration\",\"seconds\":3}");
  }

  @Test
  void transcribesTheWordsOfAScript() {
    try (Simulator scripted = Simulator.builder().speed(1e6).hears("Where is it?").start();
        RealtimeClient talker = RealtimeClient.connect(scripted)) {
      talker.update(
          "{\"type\":\"realtime\",\"audio\":{\"input\":{\"transcription\":{\"model\":\"whisper-1\"}}}}");
      talker.append(question, PCM).append(SILENCE, PCM);

      assertThat(
              talker
                  .await("conversation.item.input_audio_transcription.completed")
                  .path("transcript")
                  .asString())
          .isEqualTo("Where is it?");
    }
  }

  @Test
  void fallsSilentAtOnceWhenTheUserSpeaks() {
    try (Simulator slow = Simulator.builder().speed(4).start();
        RealtimeClient talker = RealtimeClient.connect(slow)) {
      talker.say("Tell me a story").respond();
      talker.await("response.output_audio.delta");
      talker.append(question, PCM);
      List<JsonNode> events = talker.until("response.done");

      assertThat(types(events).get(events.size() - 2))
          .isEqualTo("input_audio_buffer.speech_started");
      JsonNode response = events.getLast().path("response");
      assertThat(response.path("status").asString()).isEqualTo("cancelled");
      assertThat(response.path("status_details"))
          .hasToString("{\"type\":\"cancelled\",\"reason\":\"turn_detected\"}");
      assertThat(response.at("/usage/output_tokens").asInt()).isPositive();

      String itemId = response.at("/output/0/id").asString();
      talker.send(
          "{\"type\":\"conversation.item.truncate\",\"content_index\":0,\"audio_end_ms\":50,"
              + "\"item_id\":\""
              + itemId
              + "\"}");
      JsonNode truncated = talker.await("conversation.item.truncated");
      assertThat(truncated.path("audio_end_ms").asInt()).isEqualTo(50);
    }
  }

  @Test
  void speaksOnWhenItIsNotToBeInterrupted() {
    try (Simulator slow = Simulator.builder().speed(8).start();
        RealtimeClient talker = RealtimeClient.connect(slow)) {
      talker.update(
          """
          {"type":"realtime","audio":{"input":{"turn_detection":
            {"type":"server_vad","interrupt_response":false}}}}\
          """);
      talker.say("Tell me a story").respond();
      talker.await("response.output_audio.delta");
      talker.append(question, PCM).append(SILENCE, PCM);
      List<JsonNode> events = talker.until("response.done");

      assertThat(types(events)).contains("input_audio_buffer.speech_started");
      assertThat(events.getLast().at("/response/status").asString()).isEqualTo("completed");
    }
  }

  @Test
  void asksAfterTheUserWhenTheyAreIdle() {
    client.update(
        """
        {"type":"realtime","output_modalities":["text"],"audio":{"input":{"turn_detection":
          {"type":"server_vad","idle_timeout_ms":5000}}}}\
        """);
    client.say("Say 'well?'").respond();
    client.await("rate_limits.updated");

    assertThat(types(client.until("response.created")))
        .startsWith("input_audio_buffer.timeout_triggered", "input_audio_buffer.committed");
    assertThat(client.await("response.output_text.done").path("text").asString())
        .isEqualTo("Are you still there?");
  }

  @Test
  void givesTheUsersAudioBack() {
    client.update(MANUAL);
    client.await("session.updated");
    client.append(question, PCM).send("{\"type\":\"input_audio_buffer.commit\"}");
    String itemId = client.await("conversation.item.done").at("/item/id").asString();
    client.send("{\"type\":\"conversation.item.retrieve\",\"item_id\":\"" + itemId + "\"}");

    String audio =
        client.await("conversation.item.retrieved").at("/item/content/0/audio").asString();
    assertThat(Base64.getDecoder().decode(audio)).isEqualTo(question);
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.path("type").asString()).toList();
  }
}
