package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** A Live session's time is the audio that it receives. */
class LiveTimelineTest {
  private static final String INPUT = "session.input_transcript.delta";
  private static final String OUTPUT = "session.output_transcript.delta";

  private final Simulator simulator = Simulator.builder().speed(1_000_000).start();

  @AfterEach
  void stop() {
    simulator.close();
  }

  @Test
  void answersEach100MillisecondsOfInputByAsMuchOutput() {
    try (LiveCall call = LiveCall.start(simulator)) {
      List<JsonNode> events = call.silence(1_050).events();

      assertThat(events).hasSize(10).allMatch(LiveCall::isAudio);
      assertThat(events)
          .allSatisfy(delta -> {
            assertThat(delta.propertyNames()).containsExactly("type", "delta");
            assertThat(delta.path("delta").asString()).hasSize(6_400);
            assertThat(LiveCall.audio(delta)).containsOnly(0);
          });
      assertThat(call.silence(50).events()).hasSize(1);
    }
  }

  @Test
  void standsStillWithoutInput() {
    try (LiveCall call = LiveCall.start(simulator)) {
      call.send(
          "{\"type\":\"session.thinking.append\",\"delegation_id\":null,\"content\":\"Hm.\"}");

      assertThat(call.events()).isEmpty();
      assertThat(call.silence(700).said()).isEmpty();
      assertThat(call.silence(100).said()).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "audio/pcm, 24000, 4800, 0",
    "audio/pcm, 16000, 3200, 0",
    "audio/pcmu, 8000, 800, -1",
    "audio/pcma, 8000, 800, -43"
  })
  void speaksTheFormatOfTheSession(String type, int rate, int bytes, byte silence) {
    String format = "\"audio\":{\"format\":{\"type\":\"%s\",\"rate\":%d}}".formatted(type, rate);
    try (LiveCall call = LiveCall.start(simulator, format)) {
      byte[] second = new byte[bytes * 10];
      Arrays.fill(second, silence);
      call.send(commentary("one two")).append(second).append(second);
      List<byte[]> output =
          call.events().stream().filter(LiveCall::isAudio).map(LiveCall::audio).toList();

      assertThat(output).hasSize(20).allMatch(frame -> frame.length == bytes);
      assertThat(output.getFirst()).containsOnly(silence);
      assertThat(output.get(10)).isNotEqualTo(output.getFirst());
    }
  }

  @Test
  void hearsAndAnswersAtTheSameTime() {
    try (Simulator scripted = Simulator.builder().speed(1e6).hears("Hello there", "Stop").start();
        LiveCall call = LiveCall.start(scripted)) {
      List<JsonNode> events = call.silence(400).speech(600).silence(5_000).events();

      assertThat(LiveCall.words(events, INPUT)).isEqualTo("Hello there");
      assertThat(LiveCall.words(events, OUTPUT))
          .isEqualTo("Hello! It is nice to hear from you. How can I help?");
      assertThat(events)
          .filteredOn(event -> event.has("start_ms"))
          .allSatisfy(event -> {
            assertThat(event.path("start_ms").asLong() % 200).isZero();
            assertThat(event.path("end_ms").asLong() - event.path("start_ms").asLong())
                .isEqualTo(200);
          });
      assertThat(LiveCall.ofType(events, INPUT).getFirst().path("start_ms").asInt()).isEqualTo(400);
    }
  }

  @Test
  void fallsSilentWhenTheUserInterrupts() {
    try (Simulator scripted = Simulator.builder().speed(1e6).hears("A story", "Stop").start();
        LiveCall call = LiveCall.start(scripted)) {
      List<JsonNode> before = call.speech(500).silence(3_000).events();
      List<JsonNode> events = call.speech(300).silence(500).events();

      assertThat(LiveCall.silences(before)).endsWith(false);
      assertThat(LiveCall.silences(events)).hasSize(8).containsOnly(true);
      assertThat(LiveCall.ofType(events, OUTPUT)).hasSizeLessThanOrEqualTo(1);
    }
  }

  @Test
  void saysThatItDoesNotRecogniseSpeech() {
    try (LiveCall call = LiveCall.start(simulator)) {
      List<JsonNode> events = call.speech(2_000).silence(4_000).events();

      assertThat(LiveCall.words(events, INPUT))
          .startsWith("You are speaking, and the simulator does not know your words.");
      assertThat(LiveCall.words(events, OUTPUT)).isEqualTo("I heard you for two seconds.");
    }
  }

  @Test
  void countsMutedInputButDoesNotHearIt() {
    try (LiveCall call = LiveCall.start(simulator)) {
      call.send("{\"type\":\"session.input_audio.mute\",\"event_id\":\"m1\"}");
      List<JsonNode> events = call.speech(15_000).said();

      assertThat(events.getFirst().propertyNames())
          .containsExactly("type", "event_id", "client_event_id");
      assertThat(events.getFirst().path("type").asString()).isEqualTo("session.input_audio.muted");
      assertThat(events.getLast().at("/usage/seconds").asInt()).isEqualTo(15);
      assertThat(events).hasSize(2);

      call.send("{\"type\":\"session.input_audio.unmute\"}").speech(400);
      assertThat(LiveCall.ofType(call.said(), INPUT)).isNotEmpty();
    }
  }

  @Test
  void acknowledgesAppendsOnTheTimeline() {
    try (LiveCall call = LiveCall.start(simulator)) {
      call.silence(250);
      for (String kind : List.of("instructions", "thinking", "commentary")) {
        call.send(
            """
            {"type":"session.%s.append","delegation_id":null,"content":"x","event_id":"%s"}\
            """
                .formatted(kind, kind));
      }
      List<JsonNode> acknowledged = call.silence(800).said();

      assertThat(acknowledged)
          .extracting(JsonNode::toString)
          .map(text -> text.replaceAll("event_[0-9A-Za-z]{21}", "event_"))
          .startsWith(appended("instructions"), appended("thinking"), appended("commentary"));
    }
  }

  @Test
  void speaksCommentaryWordForWord() {
    try (LiveCall call = LiveCall.start(simulator)) {
      List<JsonNode> events =
          call.send(commentary("The order ships tomorrow.")).silence(3_000).events();

      assertThat(LiveCall.words(events, OUTPUT)).isEqualTo("The order ships tomorrow.");
      assertThat(LiveCall.silences(events)).contains(true, false);
    }
  }

  @Test
  void reportsUsageEvery15SecondsForHalfAnHour() {
    String narrow = "\"audio\":{\"format\":{\"type\":\"audio/pcmu\",\"rate\":8000}}";
    byte[] tenSeconds = new byte[80_000];
    Arrays.fill(tenSeconds, (byte) -1);
    try (LiveCall call = LiveCall.start(simulator, narrow)) {
      for (int minute = 0; minute < 30; minute++) {
        for (int i = 0; i < 6; i++) {
          call.append(tenSeconds);
        }
        List<JsonNode> events = call.events();
        assertThat(events.stream().filter(LiveCall::isAudio)).hasSize(600);
        int before = minute * 60;
        assertThat(LiveCall.ofType(events, "session.usage.updated"))
            .extracting(event -> event.at("/usage/seconds").asInt())
            .containsExactlyElementsOf(
                IntStream.rangeClosed(1, 4).map(i -> before + 15 * i).boxed().toList());
      }
      call.send("{\"type\":\"session.close\"}");
      assertThat(call.client().await("session.closed").at("/usage/seconds").asDouble())
          .isEqualTo(1_800.0);
    }
  }

  @Test
  void playsAFixtureAndDropsWhatIsSaidMeanwhile() {
    try (LiveCall call = LiveCall.start(simulator)) {
      String audio = LiveCall.base64(LiveCall.pcm(1_000, 24_000, 5_000));
      call.send(
          """
          {"type":"session.output_audio.fixture.play","audio":"%s","event_id":"f1"}\
          """
              .formatted(audio));
      call.send(commentary("refused"));
      List<JsonNode> events = call.speech(1_200).events();

      assertThat(events.getFirst().path("type").asString())
          .isEqualTo("session.output_audio.fixture.playing");
      assertThat(events.get(1).path("type").asString()).isEqualTo("error");
      JsonNode played = LiveCall.ofType(events, "session.output_audio.fixture.played").getFirst();
      assertThat(played.path("client_event_id").asString()).isEqualTo("f1");
      assertThat(events.indexOf(played)).isEqualTo(12);
      assertThat(events.subList(2, 12)).allMatch(LiveCall::isAudio);
    }
  }

  @Test
  void sendsTheSameBytesForTheSameSeedAndTime() {
    String first = runWithSeed(7);
    String again = runWithSeed(7);

    assertThat(first).isEqualTo(again).isNotEqualTo(runWithSeed(8));
  }

  private static String runWithSeed(long seed) {
    ManualTime time = new ManualTime(Instant.ofEpochSecond(1_791_366_350));
    try (Simulator repeatable =
            Simulator.builder().speed(1e9).time(time).seed(seed).hears("Hello").start();
        LiveCall call = LiveCall.connect(repeatable).send(LiveCall.start("gpt-live-1", ""))) {
      call.awaitReading();
      time.advance(Duration.ofMillis(1));
      String started = call.client().await("session.started").toString();
      return started + call.speech(500).silence(2_000).events();
    }
  }

  private static String commentary(String words) {
    return "{\"type\":\"session.commentary.append\",\"delegation_id\":null,\"content\":\""
        + words
        + "\"}";
  }

  private static String appended(String kind) {
    return "{\"type\":\"session.%s.appended\",\"start_ms\":800,\"end_ms\":1000,\"event_id\":\"event_\",\"client_event_id\":\"%s\"}"
        .formatted(kind, kind);
  }
}
