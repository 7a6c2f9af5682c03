package io.donna.gateway.protocol;

import static io.donna.gateway.kit.Talk.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TieredGateway;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What a tier, its budgets and its guards mean in a transcription session, over real sockets. */
class TranscriptionPolicyTest {
  private static final String TIERS =
      """
      listed: {transcription_models: [whisper-1]}
      models: {models: {allowed: [gpt-realtime-mini, gpt-transcribe], default: gpt-realtime-mini}}
      realtime-only: {apis: [realtime]}
      transcription-only: {apis: [transcription]}
      plain: {limits: {sessions: 100}}
      set-up:
        session:
          locked:
            instructions: Be brief.
            audio.input.turn_detection: {type: server_vad}
            audio.input.noise_reduction: {type: near_field}
          defaults: {audio.output.voice: marin, audio.input.transcription: {model: whisper-1}}
          most: {max_output_tokens: 100}
      streaming:
        session:
          locked: {audio.input.transcription: {model: gpt-live-transcribe}}
          defaults: {audio.input.turn_detection: {type: server_vad}}
      audio: {limits: {audio_seconds_per_minute: 2}}
      small-budget: {budgets: [{per: session, usd: 0.01}]}
      withholding:
        guards: [{name: words, on: [user], patterns: [secret], action: cancel}]
      ending:
        guards: [{name: words, on: [user], patterns: [secret], action: end}]
      logging:
        guards: [{name: words, on: [user], patterns: [secret], action: log}]
      instructed:
        guards: [{name: words, on: [instructions], patterns: [secret], action: cancel}]
      """;

  private static final String APPEND = append(1);

  @TempDir private static Path folder;

  private static TieredGateway gateway;

  @BeforeAll
  static void start() {
    gateway = new TieredGateway(folder, TIERS);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static String append(int seconds) {
    return "{\"type\":\"input_audio_buffer.append\",\"audio\":\""
        + Base64.getEncoder().encodeToString(new byte[seconds * 48_000])
        + "\"}";
  }

  private static TestClient connect(String tier, String path) {
    return TestClient.connect(
        gateway.running().port(),
        path,
        "Authorization: Bearer " + TieredGateway.token(gateway.newUser(), tier));
  }

  private static Talk talk(String tier) {
    return new Talk(connect(tier, TranscriptionTest.PATH), gateway.upstream().take().accept());
  }

  private static String update(String input) {
    return "{\"type\":\"session.update\",\"session\":{\"type\":\"transcription\",\"audio\":{\"input\":"
        + input.replace('\'', '"')
        + "}}}";
  }

  @ParameterizedTest
  @CsvSource({
    "listed, whisper-1, true",
    "listed, gpt-transcribe, false",
    "listed, Whisper-1, false",
    "models, gpt-transcribe, true",
    "models, whisper-1, false",
    "plain, anything, true",
  })
  void judgesTheModelWhereItIsNamed(String tier, String model, boolean allowed) {
    try (Talk talk = talk(tier)) {
      talk.client.send(update("{'transcription':{'model':'" + model + "'}}"));

      if (allowed) {
        assertThat(
                talk.isSent("session.update")
                    .at("/session/audio/input/transcription/model")
                    .asString())
            .isEqualTo(model);
      } else {
        talk.hearsError("model_not_allowed");
        talk.isSentNothing();
      }
    }
  }

  @Test
  void letsNoUpstreamChooseTheModelWhereModelsAreListed() {
    try (Talk talk = talk("listed")) {
      talk.client.send(update("{'transcription':{'language':'de'}}"));

      talk.hearsError("model_not_allowed");
      talk.isSentNothing();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "realtime-only, /v1/realtime?intent=transcription",
    "transcription-only, /v1/realtime?model=m",
  })
  void opensOnlySessionsOfTheApisOfItsTier(String tier, String path) {
    try (TestClient client = connect(tier, path)) {
      assertThat(client.readText()).contains("api_not_allowed");
      Frame close = client.readClose();
      assertThat(close.closeCode()).isEqualTo(1008);
    }
  }

  @Test
  void isSetUpWithWhatTheTierSaysOfItsFields() {
    try (Talk talk = talk("set-up")) {
      JsonNode setUp = talk.isSent("session.update").get("session");

      assertThat(setUp)
          .isEqualTo(
              json(
                  "{\"type\":\"transcription\",\"audio\":{\"input\":{"
                      + "\"transcription\":{\"model\":\"whisper-1\"},"
                      + "\"turn_detection\":{\"type\":\"server_vad\"},"
                      + "\"noise_reduction\":{\"type\":\"near_field\"}}}}"));
      talk.upstream.send(TranscriptionTest.stated("session.created", "none"));
      talk.upstream.send(TranscriptionTest.stated("session.updated", "whisper-1"));
      assertThat(
              talk.hears("session.created")
                  .at("/session/audio/input/transcription/model")
                  .asString())
          .isEqualTo("whisper-1");

      talk.client.send(
          update("{'transcription':{'model':'gpt-transcribe'},'noise_reduction':null}"));
      assertThat(talk.isSent("session.update").at("/session/audio/input"))
          .isEqualTo(json("{\"transcription\":{\"model\":\"gpt-transcribe\"}}"));

      // It would turn off what the tier locks.
      talk.client.send(update("{'transcription':{'model':'gpt-live-transcribe'}}"));
      talk.hearsError("invalid_value");
      talk.isSentNothing();
    }
  }

  @Test
  void isSetUpWithoutTurnDetectionForAModelThatHasNone() {
    try (Talk talk = talk("streaming")) {
      JsonNode input = talk.isSent("session.update").at("/session/audio/input");

      assertThat(input.get("turn_detection").isNull()).isTrue();
      assertThat(input.at("/transcription/model").asString()).isEqualTo("gpt-live-transcribe");
    }
  }

  /** What is judged and metered depends on the type, so no event may change it. */
  @Test
  void staysAsItWasOpenedAlsoIfItIsARealtimeSession() {
    try (Talk talk = gateway.talk("plain", "m")) {
      talk.client.send(
          "{\"type\":\"session.update\",\"session\":{\"type\":\"transcription\",\"audio\":{}}}");

      talk.hearsError("invalid_value");
      talk.isSentNothing();
    }
  }

  @Test
  void limitsSpeechAsInEverySession() {
    try (Talk talk = talk("audio")) {
      talk.client.send(append(2));
      talk.isSent("input_audio_buffer.append");
      talk.client.send(APPEND);

      talk.hearsError("rate_limit_exceeded");
      talk.isSentNothing();
    }
  }

  @Test
  void endsWhenATranscriptHasUsedUpTheBudget() {
    try (Talk talk = talk("small-budget")) {
      talk.upstream.send(TranscriptionTest.stated("session.updated", "gpt-realtime-whisper"));
      talk.hears("session.updated");
      talk.client.send(APPEND);
      talk.client.send("{\"type\":\"input_audio_buffer.commit\"}");
      talk.isSent("input_audio_buffer.append");
      talk.isSent("input_audio_buffer.commit");
      talk.passes("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"item_1\"}");
      talk.upstream.send(completed("item_1", "Hello", "{\"type\":\"duration\",\"seconds\":60}"));

      talk.hears("conversation.item.input_audio_transcription.completed");
      talk.hearsError("budget_exceeded");
      assertThat(talk.client.readClose().closeCode()).isEqualTo(4029);
    }
  }

  /** Its words come before any commit, so speech is reserved as it is sent. */
  @Test
  void refusesSpeechThatTheBudgetDoesNotCover() {
    try (Talk talk = talk("small-budget")) {
      talk.upstream.send(TranscriptionTest.stated("session.updated", "gpt-realtime-whisper"));
      talk.hears("session.updated");
      talk.client.send(append(30));
      talk.isSent("input_audio_buffer.append");
      talk.passes(TranscriptionTest.delta("item_1", "Hello"));
      talk.client.send(append(10)); // 40 s, and 15 s more are reserved: the first is always
      talk.isSent("input_audio_buffer.append");
      talk.client.send(append(15));
      talk.isSent("input_audio_buffer.append");
      talk.client.send(APPEND); // 56 s at $0.017 a minute are more than $0.01

      talk.hearsError("budget_in_use");
    }
  }

  private static String completed(String item, String transcript, String usage) {
    return """
    {"type":"conversation.item.input_audio_transcription.completed","item_id":"%s",\
    "content_index":0,"transcript":"%s","usage":%s}\
    """
        .formatted(item, transcript, usage);
  }

  private static String completed(String transcript) {
    return completed("item_1", transcript, "{\"type\":\"duration\",\"seconds\":1}");
  }

  @Test
  void givesATranscriptToItsClientOnceItHasPassed() {
    try (Talk talk = talk("withholding")) {
      talk.upstream.send(TranscriptionTest.delta("item_1", "Good "));
      talk.upstream.send(TranscriptionTest.delta("item_1", "day"));
      talk.upstream.send("{\"type\":\"response.output_text.delta\",\"delta\":\"secret\"}");
      talk.passes("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"item_1\"}");
      talk.upstream.send(completed("Good day"));

      assertThat(talk.hears().get("delta").asString()).isEqualTo("Good ");
      assertThat(talk.hears().get("delta").asString()).isEqualTo("day");
      assertThat(talk.hears().get("transcript").asString()).isEqualTo("Good day");
    }
  }

  @ParameterizedTest
  @CsvSource({"a secret, ''", "fine, a secret", "'', secret"})
  void givesAFailureInPlaceOfATranscriptThatHasNotPassed(String transcript, String partial) {
    try (Talk talk = talk("withholding")) {
      talk.upstream.send(
          "{\"type\":\"conversation.item.done\",\"item\":{\"id\":\"item_1\",\"content\":"
              + "[{\"type\":\"input_audio\",\"transcript\":\"secret\"}]}}");
      assertThat(talk.hears("conversation.item.done").toString()).doesNotContain("secret");
      if (!partial.isEmpty()) {
        talk.upstream.send(TranscriptionTest.delta("item_1", partial));
      }
      talk.upstream.send(completed(transcript));

      JsonNode failed = talk.hears("conversation.item.input_audio_transcription.failed");
      assertThat(failed.get("item_id").asString()).isEqualTo("item_1");
      assertThat(failed.at("/error/code").asString()).isEqualTo("guard_matched");
      talk.hearsNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"type\":\"x\",\"type\":\"y\"}", "{\"type\":"})
  void endsWhatTheGatewayCannotRead(String event) {
    try (Talk talk = talk("withholding")) {
      talk.upstream.send(event);

      talk.hearsError("upstream_unreadable");
    }
  }

  @Test
  void endsTheSessionIfTheGuardSaysSo() {
    try (Talk talk = talk("ending")) {
      talk.upstream.send(completed("a secret"));

      talk.hearsError("guard_matched");
      assertThat(talk.client.readClose().closeCode()).isEqualTo(1008);
    }
  }

  @Test
  void onlyLogsIfTheGuardSaysSo() {
    try (Talk talk = talk("logging")) {
      talk.passes(completed("a secret"));

      gateway.running().awaitLog("GUARD_MATCHED");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"'prompt':'a secret'", "'keywords':['one','secret']"})
  void judgesWhatTellsTheModelWhichWordsToExpect(String setting) {
    try (Talk talk = talk("instructed")) {
      talk.client.send(update("{'transcription':{'model':'gpt-transcribe'," + setting + "}}"));

      talk.hearsError("guard_matched");
      talk.isSentNothing();
      talk.client.send(update("{'transcription':{'model':'gpt-transcribe','prompt':'fine'}}"));
      talk.isSent("session.update");
    }
  }
}
