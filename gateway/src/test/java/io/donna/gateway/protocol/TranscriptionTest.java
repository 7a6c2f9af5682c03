package io.donna.gateway.protocol;

import static io.donna.gateway.kit.Talk.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.simulator.SimulatedConnection;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Transcription sessions: how they are opened, what may be said in them, and what they cost. */
class TranscriptionTest {
  static final String PATH = "/v1/realtime?intent=transcription";

  /** A second of silence: PCM16 at 24 kHz. */
  private static final String SECOND = Base64.getEncoder().encodeToString(new byte[48_000]);

  private static final String APPEND =
      "{\"type\":\"input_audio_buffer.append\",\"audio\":\"" + SECOND + "\"}";
  private static final String COMMIT = "{\"type\":\"input_audio_buffer.commit\"}";

  @TempDir private Path folder;

  private static String bearer() {
    return "Authorization: Bearer " + RunningGateway.token("ann");
  }

  private static String update(String model) {
    return update("{\"model\":\"" + model + "\"}", "null");
  }

  private static String update(String transcription, String detection) {
    return "{\"type\":\"session.update\",\"session\":{\"type\":\"transcription\",\"audio\":{\"input\":"
        + "{\"transcription\":%s,\"turn_detection\":%s}}}}".formatted(transcription, detection);
  }

  private static JsonNode next(TestClient client, String type) {
    while (true) {
      JsonNode event = json(client.readText());
      if (event.get("type").asString().equals(type)) {
        return event;
      }
      assertThat(event.get("type").asString()).as(event.toString()).isNotEqualTo("error");
    }
  }

  private RunningGateway.Builder metered(RunningGateway.Builder gateway) {
    return gateway.with("USAGE_LOG", folder.resolve("usage.jsonl"));
  }

  private List<JsonNode> bill() throws IOException {
    return Files.readAllLines(folder.resolve("usage.jsonl")).stream()
        .map(JsonMapper.shared()::readTree)
        .toList();
  }

  private JsonNode awaitCharge() {
    await("a transcription on the bill")
        .atMost(Duration.ofSeconds(10))
        .until(() -> bill().stream().anyMatch(TranscriptionTest::isCharge));
    try {
      return bill().stream().filter(TranscriptionTest::isCharge).findFirst().orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isCharge(JsonNode line) {
    return line.get("event").asString().equals("transcription");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt-4o-transcribe", "whisper-1", "gpt-live-transcribe"})
  void transcribesAndIsBilledByEitherShapeOfUsage(String model) throws Exception {
    try (Simulator simulator = Simulator.builder().speed(1_000).hears("Good morning").start();
        RunningGateway gateway = metered(RunningGateway.behind(simulator.uri())).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      assertThat(next(client, "session.created").at("/session/type").asString())
          .isEqualTo("transcription");
      SimulatedConnection upstream = simulator.awaitConnection(Duration.ofSeconds(5));
      assertThat(upstream.requestUri()).endsWith("/realtime?intent=transcription");

      client.send(update(model));
      next(client, "session.updated");
      client.send(APPEND);
      client.send(APPEND);
      client.send(COMMIT);

      JsonNode completed = next(client, "conversation.item.input_audio_transcription.completed");
      assertThat(completed.get("transcript").asString()).isEqualTo("Good morning");
      JsonNode charge = awaitCharge();
      assertThat(charge.get("model").asString()).isEqualTo(model);
      assertThat(charge.has("estimated")).isFalse();
      boolean byTokens = model.equals("gpt-4o-transcribe");
      assertThat(charge.at("/input/audio").asInt() > 0).isEqualTo(byTokens);
      assertThat(charge.get("seconds").asDouble()).isEqualTo(byTokens ? 0 : 2);
      assertThat(charge.get("usd").decimalValue()).isPositive();

      client.sendClose(1000, "");
      await("the session's total").atMost(Duration.ofSeconds(10)).until(() -> bill().size() == 2);
      JsonNode total = bill().getLast();
      assertThat(total.get("model").asString()).isEqualTo(model);
      assertThat(total.get("transcriptions").asInt()).isEqualTo(1);
      assertThat(total.get("responses").asInt()).isZero();
    }
  }

  @Test
  void chargesTheLengthOfSpeechWhoseUsageIsNotStated() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      TestUpstream.Connection opened = upstream.take().accept();
      opened.send(stated("session.updated", "gpt-realtime-whisper"));
      client.readText();
      client.send(APPEND);
      client.send(COMMIT);
      opened.readText();
      opened.readText();
      opened.send("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"item_1\"}");
      client.readText();
      client.sendClose(1000, "");
      opened.close();

      JsonNode charge = awaitCharge();
      assertThat(charge.get("seconds").asDouble()).isEqualTo(1);
      assertThat(charge.get("estimated").asBoolean()).isTrue();
      assertThat(charge.get("status").asString()).isEqualTo("cut_off");
    }
  }

  /** Such a model is paid for what it hears, and a client has the words without a commit. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void chargesSpeechThatIsTranscribedAsItComesAndNeverCommitted(boolean clears) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      TestUpstream.Connection opened = upstream.take().accept();
      opened.send(stated("session.updated", "gpt-realtime-whisper"));
      client.readText();
      client.send(APPEND);
      client.send(APPEND);
      client.send(APPEND);
      opened.readText();
      opened.readText();
      opened.readText();
      opened.send(delta("item_1", "Good"));
      client.readText();
      if (clears) {
        client.send("{\"type\":\"input_audio_buffer.clear\"}");
        opened.readText();
        opened.send("{\"type\":\"input_audio_buffer.cleared\"}");
        client.readText();
      } else {
        client.sendClose(1000, "");
        opened.close();
      }

      JsonNode charge = awaitCharge();
      assertThat(charge.get("seconds").asDouble()).isEqualTo(3);
      assertThat(charge.get("estimated").asBoolean()).isTrue();
    }
  }

  static String stated(String type, String model) {
    return """
    {"type":"%s","session":{"type":"transcription","object":"realtime.transcription_session",\
    "id":"sess_1","audio":{"input":{"format":{"type":"audio/pcm","rate":24000},\
    "transcription":{"model":"%s"},"turn_detection":null}}}}\
    """
        .formatted(type, model);
  }

  static String delta(String item, String words) {
    return """
    {"type":"conversation.item.input_audio_transcription.delta","item_id":"%s",\
    "content_index":0,"delta":"%s"}\
    """
        .formatted(item, words);
  }

  @Test
  void isConnectedByACommand() {
    try (Simulator simulator = Simulator.builder().speed(1_000).start();
        RunningGateway gateway =
            RunningGateway.behind(simulator.uri()).with("ENABLE_SERVER_VAD", true).start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\",\"api\":\"transcription\"}");

      // The settings of Realtime sessions are not for it: it is as the upstream made it.
      assertThat(next(client, "session.created").at("/session/type").asString())
          .isEqualTo("transcription");
      client.send(update("whisper-1"));
      assertThat(
              next(client, "session.updated")
                  .at("/session/audio/input/transcription/model")
                  .asString())
          .isEqualTo("whisper-1");
      assertThat(simulator.awaitConnection(Duration.ofSeconds(5)).requestUri())
          .endsWith("?intent=transcription");
    }
  }

  @Test
  void isFollowedByARealtimeSessionOnTheSameConnection() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\",\"api\":\"transcription\"}");
      TestUpstream.Connection first = upstream.take().accept();
      assertThat(first.head()).startsWith("GET /v1/realtime?intent=transcription HTTP");
      first.sendClose(1000, "");
      assertThat(client.readText()).contains("realtime_disconnected");

      client.send("{\"type\":\"connect_realtime\",\"api\":\"realtime\",\"model\":\"m2\"}");
      Talk second = new Talk(client, upstream.take().accept());
      assertThat(second.upstream.head()).startsWith("GET /v1/realtime?model=m2 HTTP");
      client.send("{\"type\":\"response.create\"}");
      second.isSent("response.create");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'api':'voice'                       | unknown_api",
        "'api':'Transcription'               | unknown_api",
        "'api':'transcription','model':'m'   | invalid_model",
        "'api':7                             | invalid_event",
        "'api':null                          | invalid_event",
        "'model':''                          | invalid_event",
      })
  void refusesACommandThatSaysSomethingElse(String fields, String code) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(("{'type':'connect_realtime'," + fields + "}").replace('\'', '"'));

      assertThat(client.readText()).contains("\"code\":\"" + code + "\"");
      assertThat(upstream.isUntouched()).isTrue();
      client.send("{\"type\":\"connect_realtime\"}");
      upstream.take().accept();
    }
  }

  /** On a developer's gateway, where its first command begins the session. */
  @Test
  void mayAskAgainIfItsFirstCommandIsRefused() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).optionalTokens().start();
        TestClient client = gateway.connect()) {
      client.send("{\"type\":\"connect_realtime\",\"api\":\"voice\"}");
      assertThat(client.readText()).contains("unknown_api");
      client.send("{\"type\":\"response.create\"}");
      assertThat(client.readText()).contains("not_connected");

      client.send("{\"type\":\"connect_realtime\",\"api\":\"transcription\"}");
      upstream.take().accept();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/realtime?intent=conversation, intent, unsupported_parameter",
    "/v1/realtime?intent=Transcription, intent, unsupported_parameter",
    "/v1/realtime?intent=, intent, unsupported_parameter",
    "/v1/realtime?intent, intent, unsupported_parameter",
    "/v1/realtime?intent=transcription&intent=transcription, intent, unsupported_parameter",
    "/v1/realtime?intent=&intent=transcription, intent, unsupported_parameter",
    "/v1/realtime?intent=transcription&a=%zz, intent, unsupported_parameter",
    "/v1/realtime?intent=transcription&model=m, model, invalid_model",
    "/v1/realtime?intent=transcription&model=, model, invalid_model",
    "/openai/realtime?intent=transcription&deployment=m, deployment, invalid_model",
    "/v1/realtime?intent=transcription&call_id=rtc_1, call_id, unsupported_parameter",
  })
  void refusesARequestThatCanBeReadInTwoWays(String path, String parameter, String code) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = TestClient.connect(gateway.port(), path, bearer())) {
      assertThat(client.status()).isEqualTo(400);
      assertThat(client.body())
          .contains("\"type\":\"invalid_request_error\"")
          .contains("\"param\":\"" + parameter + "\"")
          .contains("\"code\":\"" + code + "\"");
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/realtime", "/openai/v1/realtime", "/openai/realtime"})
  void isOfferedOnEveryDropInPath(String path) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client =
            TestClient.connect(gateway.port(), path + "?intent=transcription", bearer())) {
      assertThat(upstream.take().accept().head())
          .startsWith("GET /v1/realtime?intent=transcription HTTP");
      assertThat(client.status()).isEqualTo(101);
    }
  }

  /** Without any policy: what is not of a transcription session never reaches the upstream. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'type':'response.create'}                                     | event_not_allowed",
        "{'type':'response.cancel'}                                     | event_not_allowed",
        "{'type':'conversation.item.create','item':{'type':'message'}}  | event_not_allowed",
        "{'type':'conversation.item.retrieve','item_id':'i'}            | event_not_allowed",
        "{'type':'conversation.item.truncate','item_id':'i'}            | event_not_allowed",
        "{'type':'conversation.item.delete','item_id':'i'}              | event_not_allowed",
        "{'type':'output_audio_buffer.clear'}                           | event_not_allowed",
        "{'type':'session.close'}                                       | event_not_allowed",
        "{'type':'session.input_audio_buffer.append','audio':''}        | event_not_allowed",
        "{'type':'transcription_session.update','session':{}}           | event_not_allowed",
        "{'type':'something.new'}                                       | event_not_allowed",
        "{'type':'Session.Update','session':{'type':'realtime'}}        | event_not_allowed",
        "{'type':'session.update','session':{'type':'realtime'}}        | invalid_value",
        "{'type':'session.update','session':{'type':'Realtime'}}        | invalid_value",
        "{'type':'session.update','session':{'type':['realtime']}}      | invalid_value",
        "{'type':'session.update','session':{'type':null}}              | invalid_value",
        "{'type':'session.update','session':{'type':'transcription','model':'m'}} "
            + "| unknown_parameter",
        "{'type':'session.update','session':{'type':'transcription','Type':'realtime'}} "
            + "| unknown_parameter",
        "{'type':'session.update','session':{'type':'transcription','type':'realtime'}} "
            + "| invalid_json",
        "{'type':'session.update','session':{'type':'transcription','audio':{'input':"
            + "{'transcription':'whisper-1'}}}} | invalid_value",
      })
  void sendsTheUpstreamNothingOfAnotherTypeOfSession(String event, String code) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        Talk talk =
            new Talk(
                TestClient.connect(gateway.port(), PATH, bearer()), upstream.take().accept())) {
      talk.client.send(event.replace('\'', '"'));

      talk.hearsError(code);
      talk.isSentNothing();
    }
  }

  /** Without a policy file: the token alone says which models its user may use. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'audio':{'input':{'transcription':{'model':'gpt-transcribe'}}}} |",
        "{'audio':{'input':{'transcription':{'model':'whisper-1'}}}}      | model_not_allowed",
        "{'audio':{'input':{'transcription':{'language':'de'}}}}          | model_not_allowed",
        "{'input_audio_transcription':{'model':'whisper-1'}}              | unknown_parameter",
        "{'transcription_model':'whisper-1'}                              | unknown_parameter",
      })
  void transcribesByNoModelThatTheTokenDoesNotGrant(String session, String code) {
    String token =
        RunningGateway.token("ann", Map.of("donna", Map.of("models", List.of("gpt-transcribe"))));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        Talk talk =
            new Talk(
                TestClient.connect(gateway.port(), PATH, "Authorization: Bearer " + token),
                upstream.take().accept())) {
      talk.client.send(
          "{\"type\":\"session.update\",\"session\":" + session.replace('\'', '"') + "}");

      if (code == null) {
        talk.isSent("session.update");
      } else {
        talk.hearsError(code);
        talk.isSentNothing();
      }
    }
  }

  /** It would answer turns, by a model that nobody has judged. */
  @ParameterizedTest
  @ValueSource(strings = {"{\"type\":\"realtime\",\"model\":\"m\"}", "{\"model\":\"m\"}"})
  void endsIfTheUpstreamOpensAnotherTypeOfSession(String session) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        Talk talk =
            new Talk(
                TestClient.connect(gateway.port(), PATH, bearer()), upstream.take().accept())) {
      talk.upstream.send("{\"type\":\"session.created\",\"session\":" + session + "}");

      talk.hearsError("policy_not_applied");
      assertThat(talk.client.readClose().closeCode()).isEqualTo(1011);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-realtime-whisper, {'type':'server_vad'}",
    "gpt-realtime-whisper-2026-11-01, {'type':'semantic_vad'}",
    "gpt-live-transcribe, {'type':'server_vad'}",
  })
  void refusesTurnDetectionOfAModelThatHasNone(String model, String detection) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        Talk talk =
            new Talk(
                TestClient.connect(gateway.port(), PATH, bearer()), upstream.take().accept())) {
      String wanted = detection.replace('\'', '"');
      talk.client.send(update("{\"model\":\"" + model + "\"}", wanted));
      assertThat(talk.hearsError("invalid_value").get("message").asString())
          .isEqualTo("Turn detection is not supported for this transcription model.");

      talk.passes(stated("session.updated", model));
      talk.client.send(update("{\"language\":\"de\"}", wanted));
      talk.hearsError("invalid_value");

      talk.client.send(update("{\"model\":\"whisper-1\"}", wanted));
      talk.isSent("session.update");
    }
  }

  @Test
  void speaksTheBetaWithAClientOfTheBeta() {
    try (Simulator simulator = Simulator.builder().speed(1_000).start();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start();
        TestClient client =
            TestClient.connect(gateway.port(), PATH, bearer(), "OpenAI-Beta: realtime=v1")) {
      next(client, "transcription_session.created");
      client.send(
          "{\"type\":\"transcription_session.update\",\"session\":{"
              + "\"input_audio_format\":\"pcm16\","
              + "\"input_audio_transcription\":{\"model\":\"gpt-4o-transcribe\"},"
              + "\"turn_detection\":null}}");

      JsonNode updated = next(client, "transcription_session.updated");
      assertThat(updated.at("/session/input_audio_transcription/model").asString())
          .isEqualTo("gpt-4o-transcribe");
      String sent =
          simulator
              .awaitConnection(Duration.ofSeconds(5))
              .awaitMessages(1, Duration.ofSeconds(5))
              .getFirst();
      assertThat(json(sent).at("/session/type").asString()).isEqualTo("transcription");
      assertThat(json(sent).get("type").asString()).isEqualTo("session.update");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "realtime, /v1/realtime?intent=transcription, transcription",
    "transcription, /v1/realtime?model=m, realtime",
    "transcription, /v1/realtime, realtime",
  })
  void answersAPathOfAnApiThatIsNotServedAsIfThereWereNone(
      String apis, String path, String missing) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).with("APIS", apis).start();
        TestClient client = TestClient.connect(gateway.port(), path, bearer());
        TestClient command = gateway.connectReady()) {
      assertThat(client.status()).isEqualTo(404);
      assertThat(client.body())
          .contains("\"type\":\"invalid_request_error\"", "\"code\":\"api_not_served\"", "APIS");

      command.send("{\"type\":\"connect_realtime\",\"api\":\"" + missing + "\"}");
      assertThat(command.readText()).contains("api_not_served", "APIS");
      HttpResponse<String> secret =
          gateway.askForSecret(
              "{\"session\":{\"type\":\"" + missing + "\"}}", RunningGateway.token("ann"));
      assertThat(secret.statusCode()).isEqualTo(403);
      assertThat(secret.body()).contains("api_not_served");
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  private static String secret(RunningGateway gateway, String session) {
    HttpResponse<String> response =
        gateway.askForSecret(
            "{\"session\":" + session.replace('\'', '"') + "}", RunningGateway.token("ann"));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json(response.body()).get("value").asString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/realtime", PATH})
  void isOpenedByAClientSecretAndSetUpAsThatSays(String path) {
    try (Simulator simulator = Simulator.builder().speed(1_000).start();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start()) {
      HttpResponse<String> response =
          gateway.askForSecret(
              "{\"session\":{\"type\":\"transcription\",\"audio\":{\"input\":{\"transcription\":"
                  + "{\"model\":\"gpt-4o-transcribe\",\"language\":\"de\"}}}}}",
              RunningGateway.token("ann"));
      assertThat(json(response.body()).at("/session/object").asString())
          .isEqualTo("realtime.transcription_session");
      String secret = json(response.body()).get("value").asString();
      try (TestClient client =
          TestClient.connect(
              gateway.port(),
              path,
              "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key." + secret)) {
        JsonNode created = next(client, "session.created");

        assertThat(created.at("/session/type").asString()).isEqualTo("transcription");
        assertThat(created.at("/session/audio/input/transcription/language").asString())
            .isEqualTo("de");
      }
    }
  }

  /** A page that holds a secret gets the kind of session that its backend asked for. */
  @ParameterizedTest
  @CsvSource({
    "realtime, /v1/realtime?intent=transcription, session_type_mismatch",
    "transcription, /v1/realtime?model=m, session_type_mismatch",
  })
  void isNoOtherThanThatOfTheClientSecret(String type, String path, String code) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client =
            TestClient.connect(
                gateway.port(),
                path,
                "Authorization: Bearer " + secret(gateway, "{'type':'" + type + "'}"))) {
      assertThat(client.readText()).contains(code);
      Frame close = client.readClose();
      assertThat(close.closeCode()).isEqualTo(4000);
      assertThat(close.closeReason()).isEqualTo("invalid_request_error." + code);
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'type':'transcription','model':'m'}                  | unknown_parameter",
        "{'type':'transcription','audio':{'input':{'transcription':{'model':"
            + "'gpt-live-transcribe'},'turn_detection':{'type':'server_vad'}}}} | invalid_value",
      })
  void mintsNoSecretForASessionThatWouldBeRefused(String session, String code) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      HttpResponse<String> response =
          gateway.askForSecret(
              "{\"session\":" + session.replace('\'', '"') + "}", RunningGateway.token("ann"));

      assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
      assertThat(json(response.body()).at("/error/code").asString()).isEqualTo(code);
    }
  }

  @Test
  void isCountedUnderItsOwnName() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).admin().start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      TestUpstream.Connection opened = upstream.take().accept();
      opened.send(stated("session.created", "whisper-1"));
      client.readText();
      client.send(APPEND);
      opened.readText();

      await("the figures of a transcription session")
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> {
            String metrics = metrics(gateway);
            assertThat(metrics)
                .contains(
                    "donna_sessions{endpoint=\"/v1/realtime\",protocol=\"transcription\","
                        + "state=\"live\"} 1")
                .containsPattern(
                    "donna_messages_total\\{direction=\"up\",protocol=\"transcription\"} 1")
                .containsPattern("donna_speech_seconds_total\\{direction=\"up\"} 1");
          });
      Optional<JsonNode> session =
          json(admin(gateway, "/api/v1/sessions")).path("items").valueStream().findFirst();
      assertThat(session.orElseThrow().path("protocol").asString()).isEqualTo("transcription");
    }
  }

  private static String metrics(RunningGateway gateway) {
    return admin(gateway, "/metrics");
  }

  private static String admin(RunningGateway gateway, String path) {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.adminPort() + path))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
