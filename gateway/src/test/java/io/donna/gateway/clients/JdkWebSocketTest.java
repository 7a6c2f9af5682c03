package io.donna.gateway.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The JDK's own WebSocket client holds whole conversations through the gateway. */
class JdkWebSocketTest {
  /** A client that keeps what it hears. */
  private static final class Listener implements WebSocket.Listener {
    private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
    private final StringBuilder partial = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        events.add(JsonMapper.shared().readTree(partial.toString()));
        partial.setLength(0);
      }
      socket.request(1);
      return null;
    }

    /** The events up to and with the next of {@code type}. */
    List<JsonNode> until(String type) throws InterruptedException {
      List<JsonNode> heard = new ArrayList<>();
      while (heard.isEmpty() || !type.equals(heard.getLast().get("type").asString())) {
        JsonNode event = events.poll(20, TimeUnit.SECONDS);
        assertThat(event).as("an event before " + type + ", after " + heard).isNotNull();
        heard.add(event);
      }
      return heard;
    }
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.get("type").asString()).toList();
  }

  @Test
  void holdsAConversationInTextAndInSpeech() throws Exception {
    try (Simulator simulator = Simulator.builder().port(0).speed(40.0).start();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start()) {
      converse(gateway);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limits: {responses_per_minute: 100}",
        "guards: [{name: g, on: [user], patterns: [no such thing], action: cancel}]",
        "guards: [{name: g, on: [assistant], patterns: [no such thing], action: end}]",
        "guards: [{name: g, on: [user, assistant], patterns: [no such thing], action: end,"
            + " hold_back: true}]"
      })
  void noticesNothingOfAPolicyThatAnswersItsTurns(String tier, @TempDir Path folder)
      throws Exception {
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"), "default_tier: t\ntiers: {t: {" + tier + "}}\n");
    try (Simulator simulator = Simulator.builder().port(0).speed(40.0).start();
        RunningGateway gateway =
            RunningGateway.behind(simulator.uri()).with("POLICY_FILE", policy).start()) {
      converse(gateway);
    }
  }

  private static void converse(RunningGateway gateway) throws Exception {
    Listener listener = new Listener();
    WebSocket socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create("ws://127.0.0.1:" + gateway.port() + "/realtime"), listener)
            .join();
    say(socket, "{\"type\":\"authenticate\",\"token\":\"" + RunningGateway.token("jdk") + "\"}");
    listener.until("auth_success");
    say(socket, "{\"type\":\"connect_realtime\"}");
    assertThat(types(listener.until("session.created"))).containsExactly("session.created");

    say(
        socket,
        "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
            + "\"content\":[{\"type\":\"input_text\",\"text\":\"Hello!\"}]}}");
    say(socket, "{\"type\":\"response.create\"}");
    List<JsonNode> answer = listener.until("response.done");
    assertThat(answer.getLast().at("/response/status").asString()).isEqualTo("completed");
    assertThat(types(answer)).contains("response.output_audio_transcript.delta");
    assertAudible(answer);

    speak(socket);
    List<JsonNode> heard = listener.until("response.done");
    assertThat(types(heard))
        .containsSubsequence(
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "response.created",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.done");
    assertThat(heard.getLast().at("/response/usage/input_token_details/audio_tokens").asInt())
        .isGreaterThan(20);
    assertAudible(heard);
    socket.sendClose(1000, "bye").join();
    gateway.awaitNoConnections();
  }

  private static void say(WebSocket socket, String text) {
    socket.sendText(text, true).join();
  }

  private static void speak(WebSocket socket) throws IOException {
    for (String append : Wav.appends()) {
      say(socket, append);
    }
  }

  /** At least half a second of samples, some of them loud. */
  private static void assertAudible(List<JsonNode> events) {
    int bytes = 0;
    int loudest = 0;
    for (JsonNode event : events) {
      if (event.get("type").asString().equals("response.output_audio.delta")) {
        byte[] samples = Base64.getDecoder().decode(event.get("delta").asString());
        bytes += samples.length;
        for (int i = 0; i + 1 < samples.length; i += 2) {
          loudest = Math.max(loudest, Math.abs((samples[i] & 0xFF) | samples[i + 1] << 8));
        }
      }
    }
    assertThat(bytes).isGreaterThan(24_000);
    assertThat(loudest).isGreaterThan(3_000);
  }
}
