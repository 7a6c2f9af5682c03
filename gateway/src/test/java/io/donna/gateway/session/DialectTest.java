package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.simulator.Simulator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Old clients before new upstreams, and new clients before old ones, over real sockets. */
class DialectTest {
  /** Word for word what the founding application sends. */
  private static final String FOUNDING_SET_UP =
      "{\"type\":\"session.update\",\"session\":{\"modalities\":[\"text\",\"audio\"],"
          + "\"instructions\":\"You are helpful.\",\"voice\":\"alloy\","
          + "\"input_audio_format\":\"pcm16\",\"output_audio_format\":\"pcm16\","
          + "\"temperature\":0.7}}";

  private static final String GA_SET_UP =
      "{ \"type\": \"session.update\", \"session\": {\"type\":\"realtime\",\"voice\":\"alloy\"} }";

  @Test
  void theFoundingApplicationWorksBeforeAnUpstreamOfToday() {
    try (Simulator simulator = Simulator.builder().speed(40).start();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\"}");
      until(client, "session.created");

      client.send(FOUNDING_SET_UP);
      JsonNode updated = until(client, "session.updated").getLast();
      client.send(
          "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
              + "\"content\":[{\"type\":\"input_text\",\"text\":\"Hello!\"}]}}");
      client.send(
          "{\"type\":\"response.create\",\"response\":{\"modalities\":[\"text\",\"audio\"]}}");
      List<JsonNode> turn = until(client, "response.done");

      assertThat(updated.at("/session/modalities").toString()).isEqualTo("[\"text\",\"audio\"]");
      assertThat(updated.at("/session/instructions").asString()).isEqualTo("You are helpful.");
      assertThat(updated.at("/session/input_audio_format").asString()).isEqualTo("pcm16");
      assertThat(types(turn))
          .containsSubsequence(
              "conversation.item.created",
              "response.created",
              "conversation.item.created",
              "response.audio_transcript.delta",
              "response.audio.delta",
              "response.audio.done",
              "response.audio_transcript.done",
              "response.done")
          .doesNotContain("error")
          .doesNotContain("conversation.item.added", "conversation.item.done")
          .noneMatch(type -> type.startsWith("response.output_audio"));
      assertThat(sound(turn)).isGreaterThan(24_000);
      assertThat(turn.getLast().at("/response/status").asString()).isEqualTo("completed");
      assertThat(turn.getLast().at("/response/output/0/content/0/type").asString())
          .isEqualTo("audio");
      assertThat(turn.getLast().at("/response/usage/total_tokens").asInt()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "OpenAI-Beta: realtime=v1",
        "Sec-WebSocket-Protocol: realtime, openai-beta.realtime-v1",
      })
  void anOldSdkIsKnownByItsRequest(String header) {
    try (Simulator simulator = Simulator.builder().start();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start();
        TestClient client = gateway.connectDropIn(RunningGateway.bearer("old"), header)) {
      JsonNode created = until(client, "session.created").getLast();

      assertThat(created.at("/session/modalities").toString()).isEqualTo("[\"text\",\"audio\"]");
      assertThat(created.at("/session/audio").isMissingNode()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {GA_SET_UP, "no JSON at all", "{\"type\":1}", "{\"type\":\"x\",\"type\":\"y\"}"})
  void whatAClientOfTodaySaysIsUntouched(String said) {
    try (TestUpstream server = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(server).start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\"}");
      TestUpstream.Connection upstream = server.take().accept();

      byte[] frame = client.encode(0x81, said.getBytes(StandardCharsets.UTF_8));
      client.sendRaw(frame);
      String answer = "{ \"type\" : \"response.output_audio.delta\", \"delta\":\"\" }";
      upstream.send(answer);

      assertThat(upstream.read().wire()).isEqualTo(frame);
      assertThat(client.readText()).isEqualTo(answer);
    }
  }

  /** Its tree would be made on the event loop, for each such message anew. */
  @Test
  void whatHoldsThousandsOfValuesIsNotLookedAt() {
    String large =
        FOUNDING_SET_UP.replace(
            "\"temperature\":0.7", "\"temperature\":0.7,\"x\":[1" + ",1".repeat(4_000) + "]");
    try (TestUpstream server = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(server).start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\"}");
      TestUpstream.Connection upstream = server.take().accept();

      client.send(large);

      assertThat(upstream.readText()).isEqualTo(large);
    }
  }

  @Test
  void nothingIsTranslatedWhereTheOperatorSaysGa() {
    try (TestUpstream server = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(server).with("CLIENT_DIALECT", "ga").start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\"}");
      TestUpstream.Connection upstream = server.take().accept();

      client.send(FOUNDING_SET_UP);

      assertThat(upstream.readText()).isEqualTo(FOUNDING_SET_UP);
    }
  }

  @Test
  void nothingIsTranslatedBetweenTwoThatSpeakTheBeta() {
    try (TestUpstream server = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(server)
                .with("CLIENT_DIALECT", "beta")
                .with("UPSTREAM_DIALECT", "beta")
                .start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\"}");
      TestUpstream.Connection upstream = server.take().accept();

      client.send(FOUNDING_SET_UP);
      upstream.send("{\"type\":\"response.audio.delta\"}");

      assertThat(upstream.readText()).isEqualTo(FOUNDING_SET_UP);
      assertThat(client.readText()).isEqualTo("{\"type\":\"response.audio.delta\"}");
    }
  }

  /**
   * Whoever is translated is read, and what it asks for is remembered, with or without a policy.
   */
  @Test
  void aTranslatedClientHasSoManyResponsesInFlightAndNoMore() {
    try (TestUpstream server = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(server).with("CLIENT_DIALECT", "beta").start();
        TestClient client = gateway.connectReady();
        Talk talk = new Talk(client.connectRealtime(), server.take().accept())) {
      for (int i = 0; i < 16; i++) {
        client.send("{\"type\":\"response.create\"}");
        talk.isSent("response.create");
      }
      client.send("{\"type\":\"response.create\"}");

      talk.hearsError("too_many_responses");
      talk.passes("{\"type\":\"response.created\",\"response\":{\"id\":\"r1\"}}");
      talk.passes("{\"type\":\"response.done\",\"response\":{\"id\":\"r1\"}}");
      client.send("{\"type\":\"response.create\"}");
      talk.isSent("response.create");
    }
  }

  @Test
  void aMessageThatIsArrivingWhenTheClientTurnsOutToBeOldIsTranslatedToo() {
    try (TestUpstream server = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(server).start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\"}");
      TestUpstream.Connection upstream = server.take().accept();
      String early = "{\"type\":\"response.output_text.delta\",\"delta\":\"early\"}";
      String late = "{\"type\":\"response.output_text.delta\",\"delta\":\"late\"}";
      byte[] frame = upstream.encode(0x81, early.getBytes(StandardCharsets.UTF_8));
      upstream.send("{\"type\":\"session.created\"}");
      upstream.sendRaw(Arrays.copyOf(frame, 20));
      client.readText();

      client.send(FOUNDING_SET_UP);
      assertThat(upstream.readText()).contains("\"output_modalities\":[\"audio\"]");
      upstream.sendRaw(Arrays.copyOfRange(frame, 20, frame.length));
      upstream.send(late);

      assertThat(client.readText()).isEqualTo(early.replace("output_text", "text"));
      assertThat(client.readText()).isEqualTo(late.replace("output_text", "text"));
    }
  }

  @Test
  void aClientOfTodayCanUseAnUpstreamThatStillSpeaksTheBeta() {
    try (TestUpstream server = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(server).with("UPSTREAM_DIALECT", "beta").start();
        TestClient client = gateway.connectDropInAs("new")) {
      TestUpstream.Connection upstream = server.take().accept();
      upstream.send("{\"type\":\"session.created\",\"session\":{\"id\":\"s\",\"voice\":\"a\"}}");
      JsonNode created = until(client, "session.created").getLast();

      client.send(GA_SET_UP.replace("\"voice\":\"alloy\"", "\"output_modalities\":[\"text\"]"));
      String asked = upstream.readText();
      upstream.send("{\"type\": \"response.audio.delta\", \"delta\":\"AAAA\"}");
      String delta = client.readText();
      upstream.send(
          "{\"type\":\"conversation.item.created\",\"item\":{\"id\":\"i\",\"role\":\"user\"}}");

      assertThat(created.at("/session/type").asString()).isEqualTo("realtime");
      assertThat(created.at("/session/audio/output/voice").asString()).isEqualTo("a");
      assertThat(asked)
          .isEqualTo("{\"type\":\"session.update\",\"session\":{\"modalities\":[\"text\"]}}");
      assertThat(delta)
          .isEqualTo("{\"type\": \"response.output_audio.delta\", \"delta\":\"AAAA\"}");
      assertThat(client.readText()).contains("conversation.item.added");
      assertThat(client.readText()).contains("conversation.item.done");
    }
  }

  /** Some upstreams cut an emoji in two, and the client needs both halves. */
  @Test
  void halfAnEmojiOfAnUpstreamOfTheBetaIsTranslated() {
    try (TestUpstream server = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(server).with("UPSTREAM_DIALECT", "beta").start();
        TestClient client = gateway.connectDropInAs("new")) {
      TestUpstream.Connection upstream = server.take().accept();
      for (String half : List.of("\\ud83d", "\\ude00")) {
        String delta = "{\"type\":\"response.text.delta\",\"delta\":\"" + half + "\"}";
        upstream.send(delta);

        assertThat(client.readText()).isEqualTo(delta.replace("text", "output_text"));
      }
    }
  }

  @Test
  void halfAnEmojiForAClientOfTheBetaStaysWhatItIsWhereTheEventIsWrittenAnew() {
    try (TestUpstream server = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(server).start();
        TestClient client =
            gateway.connectDropIn(RunningGateway.bearer("old"), "OpenAI-Beta: realtime=v1")) {
      TestUpstream.Connection upstream = server.take().accept();
      String text = "\\ud83d whole \ud83d\ude00 \\ude00";
      upstream.send(
          "{\"type\":\"conversation.item.added\",\"item\":{\"id\":\"i\",\"type\":\"message\","
              + "\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\""
              + text
              + "\"}]}}");

      assertThat(client.readText())
          .startsWith("{\"type\":\"conversation.item.created\"")
          .contains("\"text\":\"" + text + "\"");
    }
  }

  private static List<JsonNode> until(TestClient client, String type) {
    List<JsonNode> heard = new ArrayList<>();
    while (heard.isEmpty() || !heard.getLast().path("type").asString("").equals(type)) {
      heard.add(JsonMapper.shared().readTree(client.readText()));
    }
    return heard;
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.get("type").asString()).toList();
  }

  /** Bytes of PCM16 that the client would play. */
  private static int sound(List<JsonNode> events) {
    return events.stream()
        .filter(event -> event.get("type").asString().equals("response.audio.delta"))
        .mapToInt(event -> Base64.getDecoder().decode(event.get("delta").asString()).length)
        .sum();
  }
}
