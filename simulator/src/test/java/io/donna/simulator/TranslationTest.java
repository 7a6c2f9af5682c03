package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class TranslationTest {
  private static final Recording RECORDED = Recording.of("translation.jsonl");
  private static final String INPUT = "session.input_transcript.delta";
  private static final String OUTPUT = "session.output_transcript.delta";
  private static final String AUDIO = "session.output_audio.delta";
  private static final String CLOSE = "{\"type\":\"session.close\"}";

  private final Simulator simulator =
      Simulator.builder().speed(1_000_000).hears("The house is red.").start();

  @AfterEach
  void stop() {
    simulator.close();
  }

  @Test
  void sendsEachEventAsRecordedAndInTheRecordedOrder() {
    try (var client = connect("gpt-realtime-translate")) {
      JsonNode created = client.next();
      transcribe(client);
      speak(client, 2_000, 4_000);
      client.send(CLOSE);
      List<JsonNode> events = client.until("session.closed");
      events.addFirst(created);

      for (JsonNode recorded : RECORDED.events()) {
        String type = recorded.path("type").asString();
        JsonNode sent = LiveCall.ofType(events, type).getFirst();
        assertThat(Skeleton.of(sent)).as(type).isEqualTo(Skeleton.of(recorded));
      }
      assertThat(events.stream().map(event -> event.path("type").asString()).distinct())
          .containsExactly(
              "session.created", "session.updated", AUDIO, INPUT, OUTPUT, "session.closed");
      assertThat(created.at("/session/id").asString()).matches("sess_[0-9A-Za-z]{21}");
      assertThat(client.awaitEnd()).isEqualTo("1000 ");
    }
  }

  @Test
  void interpretsOnTheClockOfItsInput() {
    try (var client = connect("gpt-realtime-translate")) {
      transcribe(client);
      speak(client, 2_000, 4_000);
      client.send(CLOSE);
      List<JsonNode> events = client.until("session.closed");

      List<JsonNode> audio = LiveCall.ofType(events, AUDIO);
      assertThat(audio).hasSizeGreaterThanOrEqualTo(30);
      assertThat(audio.getFirst().path("elapsed_ms").asInt()).isEqualTo(200);
      assertThat(LiveCall.audio(audio.getFirst())).hasSize(9_600).containsOnly(0);
      assertThat(LiveCall.words(events, INPUT)).isEqualTo(" The house is red.");
      assertThat(LiveCall.words(events, OUTPUT)).isEqualTo("[es] The house is red.");
      int heard = LiveCall.ofType(events, INPUT).getFirst().path("elapsed_ms").asInt();
      int said = LiveCall.ofType(events, OUTPUT).getFirst().path("elapsed_ms").asInt();
      assertThat(said - heard).isEqualTo(1_800);
    }
  }

  @Test
  void drainsWhatIsStillToSay() {
    try (var client = connect("gpt-realtime-translate")) {
      speak(client, 800, 0);
      client.send(CLOSE).send("{\"type\":\"session.update\",\"session\":{}}");
      List<JsonNode> events = client.until("session.closed");

      assertThat(LiveCall.words(events, OUTPUT)).isEqualTo("[es] The house is red.");
      assertThat(LiveCall.ofType(events, INPUT)).isEmpty();
    }
  }

  @Test
  void changesLanguageAndTranscriptionButNotTheModel() {
    try (var client = connect("gpt-realtime-translate")) {
      JsonNode created = client.await("session.created").path("session");
      client.update("{\"model\":\"gpt-realtime-translate-2\"}");
      assertThat(client.next().at("/error/param").asString()).isEqualTo("session.model");
      client.update(
          """
          {"audio":{"input":{"transcription":{"model":"gpt-realtime-whisper"},
           "noise_reduction":{"type":"near_field","strength":0.5}},"output":{"language":"de"}}}\
          """);
      JsonNode updated = client.next().path("session");

      assertThat(updated.at("/audio/output/language").asString()).isEqualTo("de");
      assertThat(updated.at("/audio/input"))
          .hasToString(
              "{\"transcription\":{\"model\":\"gpt-realtime-whisper\"},"
                  + "\"noise_reduction\":{\"type\":\"near_field\",\"strength\":0.5}}");
      assertThat(updated.path("id")).isEqualTo(created.path("id"));
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      value = {
        "{'type':'session.input_audio_buffer.append','audio':'AA=='} | invalid_value",
        "{'type':'session.input_audio_buffer.append','audio':'%'} | invalid_value",
        "{'type':'session.input_audio_buffer.append'} | missing_required_parameter",
        "{'type':'session.update','session':{'audio':{'output':{'voice':'marin'}}}} | unknown_parameter",
        "{'type':'session.update','session':{'instructions':'x'}} | unknown_parameter",
        "{'type':'input_audio_buffer.append','audio':''} | invalid_event",
        "{'type':'response.create'} | invalid_event",
        "{'type':'session.start','session':{}} | invalid_value",
        "{ | invalid_json",
      })
  void saysWhatIsWrongAndGoesOn(String message, String code) {
    try (var client = connect("gpt-realtime-translate")) {
      client.await("session.created");
      client.send(message.replace('\'', '"'));
      JsonNode event = client.next();

      assertThat(event.path("error").propertyNames())
          .containsExactly("type", "code", "message", "param", "event_id");
      assertThat(event.at("/error/code").asString()).isEqualTo(code);
      client.update("{}");
      client.await("session.updated");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "?model=gpt-realtime,4000 invalid_request_error.invalid_model",
    "?x=y,4000 invalid_request_error.missing_model",
    "?model=gpt-realtime-translate&intent=translation,4000 invalid_request_error.invalid_parameter"
  })
  void refusesASessionItDoesNotServe(String query, String end) {
    try (var client = RealtimeClient.connectTo(URI.create(simulator.translationUri() + query))) {
      assertThat(client.next().path("type").asString()).isEqualTo("error");
      assertThat(client.awaitEnd()).isEqualTo(end);
    }
  }

  @Test
  void endsWithoutConfirmationOrACodeOnDemand() {
    try (var client = connect("fault/no-closed")) {
      client.await("session.created");
      client.send(CLOSE);
      assertThat(client.awaitEnd()).isEqualTo("1000 ");
      assertThat(client.hasNoEvent()).isTrue();
    }
    try (var client = connect("fault/no-close-code")) {
      client.send(CLOSE);
      client.await("session.closed");
      assertThat(client.awaitEnd()).isEqualTo("1005 ");
    }
  }

  @Test
  void cutsTheConnectionInTheMiddleOfASentence() {
    try (var client = connect("fault/close=1011:cut@8")) {
      List<JsonNode> events = new ArrayList<>();
      client.append("session.input_audio_buffer.append", LiveCall.pcm(1_800, 24_000, 6_000));
      assertThat(client.awaitEnd()).isEqualTo("1011 cut");
      for (int i = 0; i < 8; i++) {
        events.add(client.next());
      }

      assertThat(LiveCall.ofType(events, AUDIO)).hasSize(7);
      assertThat(client.hasNoEvent()).isTrue();
    }
  }

  @Test
  void endsAtItsTimeLimit() {
    ManualTime time = new ManualTime(Instant.now());
    try (Simulator timed = Simulator.builder().time(time).start();
        var client =
            RealtimeClient.connectTo(
                URI.create(timed.translationUri() + "?model=gpt-realtime-translate"))) {
      client.await("session.created");
      client.update("{}");
      client.await("session.updated");
      time.advance(Duration.ofMinutes(60));

      assertThat(client.awaitEnd()).startsWith("1001 ");
    }
  }

  private RealtimeClient connect(String model) {
    return RealtimeClient.connectTo(
        URI.create(simulator.translationUri() + "?model=" + model.replace("/", "%2F")));
  }

  private static void transcribe(RealtimeClient client) {
    client.update(
        "{\"audio\":{\"input\":{\"transcription\":{\"model\":\"gpt-realtime-whisper\"}}}}");
  }

  private static void speak(RealtimeClient client, int speech, int silence) {
    client.append("session.input_audio_buffer.append", LiveCall.pcm(speech, 24_000, 6_000));
    client.append("session.input_audio_buffer.append", LiveCall.pcm(silence, 24_000, 0));
  }
}
