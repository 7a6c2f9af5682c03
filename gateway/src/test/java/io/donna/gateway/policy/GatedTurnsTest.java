package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Where turns are gated, the client sees what it would see if they were not. */
class GatedTurnsTest {
  private static final String DETECTION =
      "{\"type\":\"server_vad\",\"silence_duration_ms\":200,\"create_response\":%s}";

  @TempDir Path folder;

  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }

  private static String session(String type, String detection) {
    return "{\"type\":\""
        + type
        + "\",\"session\":{\"type\":\"realtime\",\"audio\":{\"input\":{\"turn_detection\":"
        + detection
        + "}}}}";
  }

  private static String update(String detection) {
    return session("session.update", detection);
  }

  /** A client whose session is set up, and its upstream. */
  private final class Talk implements AutoCloseable {
    private final TestUpstream upstream = TestUpstream.start();
    private final RunningGateway gateway;
    private final TestClient client;
    private final TestUpstream.Connection opened;

    Talk(int responsesPerMinute) throws IOException {
      Path file =
          Files.writeString(
              folder.resolve("policy.yaml"),
              "default_tier: t\ntiers: {t: {limits: {responses_per_minute: "
                  + responsesPerMinute
                  + "}}}\n");
      gateway = RunningGateway.behind(upstream).with("POLICY_FILE", file).start();
      client =
          TestClient.connect(
              gateway.port(),
              "/v1/realtime?model=m",
              "Authorization: Bearer " + RunningGateway.token("u"));
      opened = upstream.take().accept();
      JsonNode setUp = json(opened.readText());
      assertThat(setUp.at("/session/audio/input/turn_detection"))
          .isEqualTo(json("{\"type\":\"server_vad\",\"create_response\":false}"));
      opened.send(session("session.created", DETECTION.formatted(true)));
      opened.send(session("session.updated", DETECTION.formatted(false)));
      JsonNode created = json(client.readText());
      assertThat(created.get("type").asString()).isEqualTo("session.created");
      assertThat(answers(created)).isTrue();
    }

    /** The upstream hears speech, and its end. */
    void speak(String item) {
      opened.send("{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"" + item + "\"}");
      opened.send("{\"type\":\"input_audio_buffer.speech_stopped\",\"item_id\":\"" + item + "\"}");
      opened.send("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"" + item + "\"}");
      assertThat(client.readText()).contains("speech_started");
      assertThat(client.readText()).contains("speech_stopped");
      assertThat(client.readText()).contains("committed");
    }

    /** Sends the upstream's {@code text} on to the client as it is. */
    void says(String text) {
      opened.send(text);
      assertThat(client.readText()).isEqualTo(text);
    }

    void responseBegins(String id) {
      says(
          "{\"type\":\"response.created\",\"response\":{\"id\":\""
              + id
              + "\",\"conversation_id\":\"c\"}}");
    }

    void responseEnds(String id) {
      says("{\"type\":\"response.done\",\"response\":{\"id\":\"" + id + "\"}}");
    }

    /** The upstream is asked for a response, and not by the client. */
    String isAskedForAResponse() {
      JsonNode asked = json(opened.readText());
      assertThat(asked.get("type").asString()).isEqualTo("response.create");
      assertThat(asked.propertyNames()).containsExactly("type", "event_id");
      return asked.get("event_id").asString();
    }

    /** Nothing has been asked for: the next that comes is what the client says now. */
    void isAskedForNothing() {
      client.send("{\"type\":\"input_audio_buffer.clear\"}");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"input_audio_buffer.clear\"}");
    }

    /** The client configures its session; the upstream takes it. Returns what it then sees. */
    JsonNode configure(String detection, String taken) {
      client.send(update(detection));
      JsonNode heard = json(opened.readText());
      assertThat(heard.at("/session/audio/input/turn_detection/create_response").asBoolean(false))
          .isFalse();
      opened.send(session("session.updated", taken));
      return json(client.readText());
    }

    @Override
    public void close() {
      client.close();
      gateway.close();
      upstream.close();
    }
  }

  private static boolean answers(JsonNode event) {
    return event.at("/session/audio/input/turn_detection/create_response").asBoolean();
  }

  @Test
  void answersATurnInTheUpstreamsPlace() throws IOException {
    try (Talk talk = new Talk(10)) {
      talk.speak("i1");
      talk.isAskedForAResponse();
      talk.responseBegins("r1");
      talk.responseEnds("r1");
      talk.speak("i2");
      talk.isAskedForAResponse();
    }
  }

  @Test
  void asksOnlyOnceNothingIsInFlight() throws IOException {
    try (Talk talk = new Talk(10)) {
      talk.responseBegins("r1");
      talk.speak("i1");
      talk.isAskedForNothing();
      talk.responseEnds("r1");
      talk.isAskedForAResponse();
      talk.speak("i2"); // before the response has begun
      talk.isAskedForNothing();
      talk.responseBegins("r2");
      talk.responseEnds("r2");
      talk.isAskedForAResponse();
    }
  }

  @Test
  void isNotHeldUpByAResponseOutsideTheConversation() throws IOException {
    try (Talk talk = new Talk(10)) {
      talk.says(
          "{\"type\":\"response.created\",\"response\":{\"id\":\"r0\",\"conversation_id\":null}}");
      talk.speak("i1");
      talk.isAskedForAResponse();
    }
  }

  @Test
  void answersTwoTurnsAtOnceWhereTheFirstHadToWait() throws IOException {
    try (Talk talk = new Talk(10)) {
      talk.responseBegins("r1");
      talk.speak("i1");
      talk.opened.send("{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i2\"}");
      assertThat(talk.client.readText()).contains("speech_started");
      talk.responseEnds("r1");
      talk.isAskedForNothing();
      talk.speak("i2");
      talk.isAskedForAResponse();
      talk.isAskedForNothing();
    }
  }

  @Test
  void leavesTurnsThatTheClientCommitsToTheClient() throws IOException {
    try (Talk talk = new Talk(10)) {
      talk.says("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"i1\"}");
      talk.isAskedForNothing();
    }
  }

  @Test
  void answersWhenTheUpstreamHasWaitedLongEnough() throws IOException {
    try (Talk talk = new Talk(10)) {
      talk.says("{\"type\":\"input_audio_buffer.timeout_triggered\",\"item_id\":\"i1\"}");
      talk.says("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"i1\"}");
      talk.isAskedForAResponse();
    }
  }

  @Test
  void answersNoTurnWhereTheClientWantsNone() throws IOException {
    try (Talk talk = new Talk(10)) {
      JsonNode seen = talk.configure(DETECTION.formatted(false), DETECTION.formatted(false));
      assertThat(answers(seen)).isFalse();
      talk.speak("i1");
      talk.isAskedForNothing();

      seen = talk.configure(DETECTION.formatted(true), DETECTION.formatted(false));
      assertThat(answers(seen)).isTrue();
      talk.speak("i2");
      talk.isAskedForAResponse();
    }
  }

  @Test
  void keepsWhatTheClientAskedForThroughAnUpdateOfSomethingElse() throws IOException {
    try (Talk talk = new Talk(10)) {
      talk.configure(DETECTION.formatted(false), DETECTION.formatted(false));
      JsonNode seen = talk.configure("{\"type\":\"server_vad\"}", DETECTION.formatted(false));

      assertThat(answers(seen)).isFalse();
    }
  }

  @Test
  void beginsAnewWithVoiceDetectionOfAnotherKind() throws IOException {
    try (Talk talk = new Talk(10)) {
      talk.configure(DETECTION.formatted(false), DETECTION.formatted(false));
      JsonNode seen =
          talk.configure(
              "{\"type\":\"semantic_vad\"}",
              "{\"type\":\"semantic_vad\",\"create_response\":false}");

      assertThat(answers(seen)).isTrue();
      talk.speak("i1");
      talk.isAskedForAResponse();
    }
  }

  @Test
  void keepsManualTurnsManual() throws IOException {
    try (Talk talk = new Talk(10)) {
      JsonNode seen = talk.configure("null", "null");

      assertThat(seen.at("/session/audio/input/turn_detection").isNull()).isTrue();
      talk.client.send("{\"type\":\"response.create\"}");
      assertThat(talk.opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
    }
  }

  @Test
  void forgetsWhatAnUpdateAskedForThatWasRefused() throws IOException {
    try (Talk talk = new Talk(10)) {
      talk.client.send(update(DETECTION.formatted(false)));
      String id = json(talk.opened.readText()).get("event_id").asString();
      talk.opened.send(
          "{\"type\":\"error\",\"error\":{\"code\":\"unknown_parameter\",\"event_id\":\""
              + id
              + "\"}}");
      JsonNode error = json(talk.client.readText());
      assertThat(error.at("/error/event_id").isNull()).isTrue();

      talk.speak("i1");
      talk.isAskedForAResponse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"false\"", "0", "null", "[]"})
  void refusesWhatIsNeitherYesNorNo(String createResponse) throws IOException {
    try (Talk talk = new Talk(10)) {
      talk.client.send(update(DETECTION.formatted(createResponse)));

      assertThat(talk.client.readText()).contains("invalid_value", "create_response");
      talk.isAskedForNothing();
    }
  }

  @Test
  void tellsOnceOfATurnThatMayNotBeAnswered() throws IOException {
    try (Talk talk = new Talk(1)) {
      talk.speak("i1");
      talk.isAskedForAResponse();
      talk.responseBegins("r1");
      talk.responseEnds("r1");

      talk.speak("i2");

      JsonNode error = json(talk.client.readText());
      assertThat(error.at("/error/code").asString()).isEqualTo("rate_limit_exceeded");
      talk.isAskedForNothing();
      talk.says("{\"type\":\"rate_limits.updated\"}");
    }
  }

  @Test
  void keepsToItselfThatTheUpstreamWasBusy() throws IOException {
    try (Talk talk = new Talk(10)) {
      talk.speak("i1");
      String id = talk.isAskedForAResponse();
      talk.opened.send(
          "{\"type\":\"error\",\"error\":{\"code\":\"conversation_already_has_active_response\","
              + "\"event_id\":\""
              + id
              + "\"}}");
      talk.responseBegins("r1");
      talk.responseEnds("r1");
      String next = talk.isAskedForAResponse();

      talk.opened.send(
          "{\"type\":\"error\",\"error\":{\"code\":\"server_error\",\"event_id\":\""
              + next
              + "\"}}");

      JsonNode error = json(talk.client.readText());
      assertThat(error.at("/error/code").asString()).isEqualTo("server_error");
      assertThat(error.at("/error/event_id").isNull()).isTrue();
    }
  }
}
