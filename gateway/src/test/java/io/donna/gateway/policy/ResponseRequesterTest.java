package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TieredGateway;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Where turns are gated, the client sees what it would see if they were not. */
class ResponseRequesterTest {
  private static final String DETECTION =
      "{\"type\":\"server_vad\",\"silence_duration_ms\":200,\"create_response\":%s}";

  @TempDir private static Path folder;

  private static TieredGateway gateway;

  @BeforeAll
  static void start() {
    gateway =
        new TieredGateway(
            folder,
            """
            ten: {limits: {responses_per_minute: 10}}
            one: {limits: {responses_per_minute: 1}}
            """);
  }

  @AfterAll
  static void stop() {
    gateway.close();
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
  private static final class GatedTalk extends Talk {
    GatedTalk(String tier) {
      super(gateway.connect(gateway.newUser(), tier, "m"), gateway.upstream().take().accept());
      assertThat(isSent().at("/session/audio/input/turn_detection"))
          .isEqualTo(json("{\"type\":\"server_vad\",\"create_response\":false}"));
      upstream.send(session("session.created", DETECTION.formatted(true)));
      upstream.send(session("session.updated", DETECTION.formatted(false)));
      assertThat(answers(hears("session.created"))).isTrue();
    }

    /** The upstream hears speech, and its end. */
    void speak(String item) {
      upstream.send(
          "{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"" + item + "\"}");
      upstream.send(
          "{\"type\":\"input_audio_buffer.speech_stopped\",\"item_id\":\"" + item + "\"}");
      upstream.send("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"" + item + "\"}");
      assertThat(client.readText()).contains("speech_started");
      assertThat(client.readText()).contains("speech_stopped");
      assertThat(client.readText()).contains("committed");
    }

    void responseBegins(String id) {
      passes(
          "{\"type\":\"response.created\",\"response\":{\"id\":\""
              + id
              + "\",\"conversation_id\":\"c\"}}");
    }

    void responseEnds(String id) {
      passes("{\"type\":\"response.done\",\"response\":{\"id\":\"" + id + "\"}}");
    }

    /** The client asks for a response itself. */
    void asks() {
      client.send("{\"type\":\"response.create\"}");
      assertThat(isSent("response.create").has("event_id")).isFalse();
    }

    /** The upstream is asked for a response, and not by the client. */
    String isAskedForAResponse() {
      JsonNode asked = isSent("response.create");
      assertThat(asked.propertyNames()).containsExactly("type", "event_id");
      return asked.get("event_id").asString();
    }

    /** The client configures its session; the upstream takes it. Returns what it then sees. */
    JsonNode configure(String detection, String taken) {
      client.send(update(detection));
      JsonNode heard = isSent();
      assertThat(heard.at("/session/audio/input/turn_detection/create_response").asBoolean(false))
          .isFalse();
      upstream.send(session("session.updated", taken));
      return hears();
    }
  }

  private static boolean answers(JsonNode event) {
    return event.at("/session/audio/input/turn_detection/create_response").asBoolean();
  }

  @Test
  void answersATurnInTheUpstreamsPlace() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.speak("i1");
      talk.isAskedForAResponse();
      talk.responseBegins("r1");
      talk.responseEnds("r1");
      talk.speak("i2");
      talk.isAskedForAResponse();
    }
  }

  @Test
  void asksOnlyOnceNothingIsInFlight() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.asks();
      talk.responseBegins("r1");
      talk.speak("i1");
      talk.isSentNothing();
      talk.responseEnds("r1");
      talk.isAskedForAResponse();
      talk.speak("i2"); // before the response has begun
      talk.isSentNothing();
      talk.responseBegins("r2");
      talk.responseEnds("r2");
      talk.isAskedForAResponse();
    }
  }

  @Test
  void isNotHeldUpByAResponseOutsideTheConversation() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.asks();
      talk.passes(
          "{\"type\":\"response.created\",\"response\":{\"id\":\"r0\",\"conversation_id\":null}}");
      talk.speak("i1");
      talk.isAskedForAResponse();
    }
  }

  @Test
  void answersTwoTurnsAtOnceWhereTheFirstHadToWait() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.asks();
      talk.responseBegins("r1");
      talk.speak("i1");
      talk.upstream.send("{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i2\"}");
      assertThat(talk.client.readText()).contains("speech_started");
      talk.responseEnds("r1");
      talk.isSentNothing();
      talk.speak("i2");
      talk.isAskedForAResponse();
      talk.isSentNothing();
    }
  }

  @Test
  void leavesTurnsThatTheClientCommitsToTheClient() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.passes("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"i1\"}");
      talk.isSentNothing();
    }
  }

  @Test
  void answersWhenTheUpstreamHasWaitedLongEnough() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.passes("{\"type\":\"input_audio_buffer.timeout_triggered\",\"item_id\":\"i1\"}");
      talk.passes("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"i1\"}");
      talk.isAskedForAResponse();
    }
  }

  @Test
  void answersNoTurnWhereTheClientWantsNone() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      JsonNode seen = talk.configure(DETECTION.formatted(false), DETECTION.formatted(false));
      assertThat(answers(seen)).isFalse();
      talk.speak("i1");
      talk.isSentNothing();

      seen = talk.configure(DETECTION.formatted(true), DETECTION.formatted(false));
      assertThat(answers(seen)).isTrue();
      talk.speak("i2");
      talk.isAskedForAResponse();
    }
  }

  @Test
  void keepsWhatTheClientAskedForThroughAnUpdateOfSomethingElse() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.configure(DETECTION.formatted(false), DETECTION.formatted(false));
      JsonNode seen = talk.configure("{\"type\":\"server_vad\"}", DETECTION.formatted(false));

      assertThat(answers(seen)).isFalse();
    }
  }

  @Test
  void beginsAnewWithVoiceDetectionOfAnotherKind() {
    try (GatedTalk talk = new GatedTalk("ten")) {
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
  void keepsManualTurnsManual() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      JsonNode seen = talk.configure("null", "null");

      assertThat(seen.at("/session/audio/input/turn_detection").isNull()).isTrue();
      talk.client.send("{\"type\":\"response.create\"}");
      assertThat(talk.upstream.readText()).isEqualTo("{\"type\":\"response.create\"}");
    }
  }

  @Test
  void forgetsWhatAnUpdateAskedForThatWasRefused() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.client.send(update(DETECTION.formatted(false)));
      String id = talk.isSent().get("event_id").asString();
      talk.upstream.send(
          "{\"type\":\"error\",\"error\":{\"code\":\"unknown_parameter\",\"event_id\":\""
              + id
              + "\"}}");
      JsonNode error = talk.hearsError("unknown_parameter");
      assertThat(error.get("event_id").isNull()).isTrue();

      talk.speak("i1");
      talk.isAskedForAResponse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"false\"", "0", "null", "[]"})
  void refusesWhatIsNeitherYesNorNo(String createResponse) {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.client.send(update(DETECTION.formatted(createResponse)));

      assertThat(talk.client.readText()).contains("invalid_value", "create_response");
      talk.isSentNothing();
    }
  }

  @Test
  void tellsOnceOfATurnThatMayNotBeAnswered() {
    try (GatedTalk talk = new GatedTalk("one")) {
      talk.speak("i1");
      talk.isAskedForAResponse();
      talk.responseBegins("r1");
      talk.responseEnds("r1");

      talk.speak("i2");

      talk.hearsError("rate_limit_exceeded");
      talk.isSentNothing();
      talk.passes("{\"type\":\"rate_limits.updated\"}");
    }
  }

  @Test
  void keepsToItselfThatTheUpstreamWasBusy() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.asks();
      talk.speak("i1");
      String id = talk.isAskedForAResponse();
      talk.upstream.send(
          "{\"type\":\"error\",\"error\":{\"code\":\"conversation_already_has_active_response\","
              + "\"event_id\":\""
              + id
              + "\"}}");
      talk.responseBegins("r1");
      talk.responseEnds("r1");
      String next = talk.isAskedForAResponse();

      talk.upstream.send(
          "{\"type\":\"error\",\"error\":{\"code\":\"server_error\",\"event_id\":\""
              + next
              + "\"}}");

      JsonNode error = talk.hearsError("server_error");
      assertThat(error.get("event_id").isNull()).isTrue();
    }
  }

  /** Both asked at the same time; the client's request was there first. */
  @Test
  void keepsToItselfThatTheClientsOwnResponseCameFirst() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.asks();
      talk.speak("i1");
      String id = talk.isAskedForAResponse();
      talk.responseBegins("r1");
      talk.upstream.send(
          "{\"type\":\"error\",\"error\":{\"code\":\"conversation_already_has_active_response\","
              + "\"event_id\":\""
              + id
              + "\"}}");
      talk.responseEnds("r1");

      talk.isAskedForAResponse();
      talk.responseBegins("r2");
      talk.responseEnds("r2");
      talk.isSentNothing();
    }
  }

  @Test
  void stopsAResponseThatNobodyAskedFor() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.responseBegins("r1");

      assertThat(talk.isSent("response.cancel").get("response_id").asString()).isEqualTo("r1");
      talk.asks();
      talk.responseBegins("r2");
      talk.responseBegins("r3");
      assertThat(talk.isSent("response.cancel").get("response_id").asString()).isEqualTo("r3");
    }
  }

  @Test
  void letsAnUpstreamGoOnWithWhatItsOwnToolCallGave() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.passes("{\"type\":\"response.mcp_call.completed\"}");
      talk.responseBegins("r1");
      talk.isSentNothing();
      talk.responseBegins("r2");
      assertThat(talk.isSent("response.cancel").get("response_id").asString()).isEqualTo("r2");
    }
  }

  @Test
  void keepsTheIdleTimeoutItselfAndShowsTheClientItsOwn() {
    try (GatedTalk talk = new GatedTalk("one")) {
      String detection = "{\"type\":\"server_vad\",\"idle_timeout_ms\":5000}";
      talk.client.send(update(detection));
      JsonNode sent = talk.isSent("session.update").at("/session/audio/input/turn_detection");
      assertThat(sent.has("idle_timeout_ms")).isFalse();
      talk.upstream.send(session("session.updated", DETECTION.formatted(false)));

      JsonNode shown = talk.hears("session.updated").at("/session/audio/input/turn_detection");

      assertThat(shown.get("idle_timeout_ms").asInt()).isEqualTo(5_000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"4999", "30001", "1", "1e99", "5000.5", "\"5000\"", "[]", "true"})
  void refusesAnIdleTimeoutThatIsNone(String timeout) {
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.client.send(update("{\"type\":\"server_vad\",\"idle_timeout_ms\":" + timeout + "}"));

      assertThat(talk.client.readText()).contains("invalid_value", "idle_timeout_ms");
      talk.isSentNothing();
    }
  }

  @Test
  void finishesOneUpdateForEachHoweverTheClientCallsThem() {
    String update =
        update(DETECTION.formatted("%s")).replaceFirst("\\{", "{\"event_id\":\"same\",");
    try (GatedTalk talk = new GatedTalk("ten")) {
      talk.client.send(update.formatted("false"));
      talk.client.send(update.formatted("true"));
      String first = talk.isSent("session.update").get("event_id").asString();
      assertThat(talk.isSent("session.update").get("event_id").asString()).isNotIn(first, "same");

      talk.upstream.send(
          "{\"type\":\"error\",\"error\":{\"code\":\"c\",\"event_id\":\"" + first + "\"}}");
      assertThat(talk.hearsError("c").get("event_id").asString()).isEqualTo("same");
      talk.upstream.send(session("session.updated", DETECTION.formatted(false)));
      assertThat(answers(talk.hears("session.updated"))).isTrue();
    }
  }

  @Test
  void refusesUpdatesThatTheUpstreamDoesNotKeepUpWith() {
    try (GatedTalk talk = new GatedTalk("ten")) {
      for (int i = 0; i < PendingUpdates.MAX_OPEN; i++) {
        talk.client.send(update("null"));
        talk.isSent("session.update");
      }

      talk.client.send(update("null"));

      talk.hearsError("too_many_updates");
    }
  }
}
