package io.donna.gateway.protocol;

import static io.donna.gateway.kit.Talk.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Translation sessions: how they are opened, what may be said in them, and what they cost. */
class TranslationTest {
  private static final String PATH = "/v1/realtime/translations";
  private static final String CREATED =
      "{\"type\":\"session.created\",\"session\":{\"type\":\"translation\"}}";

  @TempDir private Path folder;

  private static RunningGateway.Builder serving(RunningGateway.Builder gateway) {
    return gateway.with("APIS", "realtime,translation");
  }

  private RunningGateway.Builder metered(RunningGateway.Builder gateway) {
    return serving(gateway).with("USAGE_LOG", folder.resolve("usage.jsonl"));
  }

  private List<JsonNode> bill() {
    try {
      return Files.readAllLines(folder.resolve("usage.jsonl")).stream()
          .map(JsonMapper.shared()::readTree)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String bearer(Object... claims) {
    return "Authorization: Bearer "
        + (claims.length == 0
            ? RunningGateway.token("ann")
            : RunningGateway.token("ann", Map.of("donna", claims[0])));
  }

  private static String append(int millis) {
    return "{\"type\":\"session.input_audio_buffer.append\",\"audio\":\""
        + Base64.getEncoder().encodeToString(new byte[48 * millis])
        + "\"}";
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

  @ParameterizedTest
  @ValueSource(strings = {PATH + "?model=gpt-realtime-translate", PATH})
  void translatesUntilItIsClosedAndBillsTheSpeechThatItWasSent(String path) {
    try (Simulator simulator = Simulator.builder().hears("Where is my order?").start();
        RunningGateway gateway = metered(RunningGateway.behind(simulator.uri())).start();
        TestClient client = TestClient.connect(gateway.port(), path, bearer())) {
      assertThat(next(client, "session.created").at("/session/type").asString())
          .isEqualTo("translation");
      assertThat(simulator.awaitConnection(Duration.ofSeconds(5)).requestUri())
          .endsWith("/v1/realtime/translations?model=gpt-realtime-translate");

      client.send(
          "{\"type\":\"session.update\",\"session\":{\"audio\":{\"input\":{\"transcription\":"
              + "{\"model\":\"gpt-realtime-whisper\"},\"noise_reduction\":null},"
              + "\"output\":{\"language\":\"de\"}}}}");
      assertThat(next(client, "session.updated").at("/session/audio/output/language").asString())
          .isEqualTo("de");
      client.send(append(600));
      client.send(append(400));
      assertThat(next(client, "session.output_audio.delta").get("delta").asString()).isNotEmpty();
      client.send("{\"type\":\"session.close\"}");
      next(client, "session.closed");
      assertThat(client.readClose().closeCode()).isEqualTo(1000);

      await("the charge and the total")
          .atMost(Duration.ofSeconds(10))
          .until(() -> bill().size() == 2);
      JsonNode charge = bill().getFirst();
      assertThat(charge.get("event").asString()).isEqualTo("translation");
      assertThat(charge.get("model").asString()).isEqualTo("gpt-realtime-translate");
      assertThat(charge.get("seconds").decimalValue()).isEqualByComparingTo("1");
      assertThat(charge.get("usd").decimalValue())
          .isCloseTo(new BigDecimal("0.000566666667"), offset(new BigDecimal("0.000000000001")));
    }
  }

  @Test
  void isConnectedByACommand() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client =
            TestClient.connect(gateway.port(), "/realtime?model=r2").authenticate()) {
      client.send("{\"type\":\"connect_realtime\",\"api\":\"translation\",\"model\":\"t2\"}");
      TestUpstream.Connection first = upstream.take().accept();
      assertThat(first.head()).startsWith("GET /v1/realtime/translations?model=t2 HTTP");
      first.sendClose(1000, "");
      assertThat(client.readText()).contains("realtime_disconnected");

      // The model of the request is one of Realtime's.
      client.send("{\"type\":\"connect_realtime\",\"api\":\"translation\"}");
      assertThat(upstream.take().accept().head())
          .startsWith("GET /v1/realtime/translations?model=gpt-realtime-translate HTTP");
    }
  }

  @Test
  void isNotServedUnlessTheSettingsSaySo() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      assertThat(client.status()).isEqualTo(404);
      assertThat(client.body()).contains("api_not_served", "APIS");
    }
  }

  @ParameterizedTest
  @CsvSource({"intent=transcription, intent", "intent=, intent", "call_id=rtc_1, call_id"})
  void takesNoOtherIntent(String query, String parameter) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH + "?" + query, bearer())) {
      assertThat(client.status()).isEqualTo(400);
      assertThat(client.body()).contains("\"param\":\"" + parameter + "\"");
    }
  }

  /** Without any policy: what is not of a translation session never reaches the upstream. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'type':'response.create'}                                        | event_not_allowed",
        "{'type':'input_audio_buffer.append','audio':''}                   | event_not_allowed",
        "{'type':'input_audio_buffer.commit'}                              | event_not_allowed",
        "{'type':'conversation.item.create','item':{}}                     | event_not_allowed",
        "{'type':'transcription_session.update','session':{}}              | event_not_allowed",
        "{'type':'session.start','session':{}}                             | event_not_allowed",
        "{'type':'Session.close'}                                          | event_not_allowed",
        "{'type':'session.update','session':{'type':'realtime'}}           | invalid_value",
        "{'type':'session.update','session':{'type':null}}                 | invalid_value",
        "{'type':'session.update','session':[]}                            | invalid_value",
        "{'type':'session.update','session':{'model':'m'}}                 | unknown_parameter",
        "{'type':'session.update','session':{'instructions':'x'}}          | unknown_parameter",
        "{'type':'session.update','session':{'audio':{'output':{'voice':'v'}}}} "
            + "| unknown_parameter",
        "{'type':'session.update','session':{'audio':{'input':{'transcription':{'model':'m',"
            + "'prompt':'x'}}}}} | unknown_parameter",
        "{'type':'session.update','session':{'audio':{'output':{'language':['a']}}}} "
            + "| invalid_value",
        "{'type':'session.update','session':{'audio':[]}}                  | invalid_value",
        "{'type':'session.update','session':{'audio':{},'audio':{}}}       | invalid_json",
        "{'type':'session.input_audio_buffer.append'}                      | invalid_value",
        "{'type':'session.input_audio_buffer.append','audio':7}            | invalid_value",
      })
  void sendsTheUpstreamNothingOfAnotherTypeOfSession(String event, String code) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        Talk talk =
            new Talk(
                TestClient.connect(gateway.port(), PATH, bearer()), upstream.take().accept())) {
      talk.client.send(event.replace('\'', '"'));

      talk.hearsError(code);
      talk.client.send("{\"type\":\"session.close\"}");
      talk.isSent("session.close");
    }
  }

  @Test
  void endsIfTheUpstreamOpensAnotherTypeOfSession() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        Talk talk =
            new Talk(
                TestClient.connect(gateway.port(), PATH, bearer()), upstream.take().accept())) {
      talk.passes(CREATED);
      talk.upstream.send("{\"type\":\"session.updated\",\"session\":{\"type\":\"realtime\"}}");

      talk.hearsError("policy_not_applied");
    }
  }

  /** Ten seconds at once, and then 1.2 for each second. */
  @Test
  void takesSpeechAtLittleMoreThanRealTime() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        Talk talk =
            new Talk(
                TestClient.connect(gateway.port(), PATH, bearer()), upstream.take().accept())) {
      talk.client.send(append(9_000));
      talk.isSent("session.input_audio_buffer.append");
      talk.client.send(append(9_000));

      talk.hearsError("rate_limit_exceeded");
      talk.client.send(append(1_000));
      talk.isSent("session.input_audio_buffer.append");
    }
  }

  @Test
  void endsWhenTheBudgetIsUsedUp() {
    String header = bearer(Map.of("limits", Map.of("usd_per_hour", 0.005)));
    String path = PATH + "?model=gpt-realtime-translate";
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = metered(RunningGateway.behind(upstream)).start();
        Talk first =
            new Talk(TestClient.connect(gateway.port(), path, header), upstream.take().accept());
        Talk second =
            new Talk(TestClient.connect(gateway.port(), path, header), upstream.take().accept())) {
      first.client.send(append(10_000)); // $0.034 a minute
      first.isSent("session.input_audio_buffer.append");
      first.client.sendClose(1000, "");
      await("the charge and the total")
          .atMost(Duration.ofSeconds(10))
          .until(() -> bill().size() == 2);
      assertThat(bill().getFirst().get("seconds").decimalValue()).isEqualByComparingTo("10");

      second.client.send(append(100));

      second.hearsError("budget_exceeded");
      assertThat(second.client.readClose().closeCode()).isEqualTo(4029);
    }
  }

  /** What is being sent by another session is reserved, and not free for this one. */
  @Test
  void waitsForWhatAnotherSessionHasReserved() {
    String header = bearer(Map.of("limits", Map.of("usd_per_hour", 0.005)));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        Talk first =
            new Talk(TestClient.connect(gateway.port(), PATH, header), upstream.take().accept());
        Talk second =
            new Talk(TestClient.connect(gateway.port(), PATH, header), upstream.take().accept())) {
      first.client.send(append(100));
      first.isSent("session.input_audio_buffer.append");
      second.client.send(append(100));

      second.hearsError("budget_in_use");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "open, gpt-realtime-translate, ",
    "listed, t1, ",
    "listed, gpt-realtime-translate, invalid_model",
    "listed, '', invalid_model",
    "guarded, gpt-realtime-translate, api_not_allowed",
    "other, gpt-realtime-translate, api_not_allowed",
  })
  void isOpenedByTheModelsAndTiersThatMay(String tier, String model, String refusal)
      throws IOException {
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            default_tier: open
            tiers:
              open: {}
              listed: {models: {allowed: [r1, t1], default: r1, otherwise: rewrite}}
              other: {apis: [realtime]}
              guarded: {guards: [{name: words, on: [user], patterns: [secret], action: log}]}
            """);
    String path = PATH + (model.isEmpty() ? "" : "?model=" + model);
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            serving(RunningGateway.behind(upstream)).with("POLICY_FILE", policy).start();
        TestClient client =
            TestClient.connect(gateway.port(), path, bearer(Map.of("tier", tier)))) {
      if (refusal == null) {
        assertThat(upstream.take().accept().head())
            .startsWith("GET /v1/realtime/translations?model=" + model + " HTTP");
      } else {
        assertThat(client.readText()).contains(refusal);
        client.readClose();
        assertThat(upstream.isUntouched()).isTrue();
      }
    }
  }

  @Test
  void isTranscribedByModelsOfTheTierAndKeepsWhatItLocks() throws IOException {
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            default_tier: strict
            tiers:
              strict:
                transcription_models: [whisper-1]
                session: {locked: {audio.input.noise_reduction: null}}
            """);
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            serving(RunningGateway.behind(upstream)).with("POLICY_FILE", policy).start();
        Talk talk =
            new Talk(
                TestClient.connect(gateway.port(), PATH, bearer()), upstream.take().accept())) {
      for (String transcription : List.of("{\"model\":\"other\"}", "{}")) {
        talk.client.send(
            "{\"type\":\"session.update\",\"session\":{\"audio\":{\"input\":{\"transcription\":"
                + transcription
                + "}}}}");
        talk.hearsError("model_not_allowed");
      }
      talk.client.send(
          "{\"type\":\"session.update\",\"session\":{\"audio\":{\"input\":{\"transcription\":"
              + "{\"model\":\"whisper-1\"},\"noise_reduction\":{\"type\":\"near_field\"}}}}}");
      assertThat(talk.isSent("session.update").at("/session/audio/input"))
          .isEqualTo(json("{\"transcription\":{\"model\":\"whisper-1\"}}"));
    }
  }
}
