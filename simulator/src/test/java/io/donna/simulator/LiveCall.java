package io.donna.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * A client in a Live session: sends audio as fast as it can, because the session's time is that of
 * its audio.
 */
final class LiveCall implements AutoCloseable {
  private static final int RATE = 24_000;

  private final RealtimeClient client;
  private int fences;

  private LiveCall(RealtimeClient client) {
    this.client = client;
  }

  static LiveCall connect(Simulator simulator) {
    return new LiveCall(RealtimeClient.connectTo(simulator.liveUri()));
  }

  /** Connects and starts a session, given the fields besides the model. */
  static LiveCall start(Simulator simulator, String fields) {
    LiveCall call = connect(simulator).send(start("gpt-live-1", fields));
    call.client.await("session.started");
    return call;
  }

  static LiveCall start(Simulator simulator) {
    return start(simulator, "");
  }

  static String start(String model, String fields) {
    return """
    {"type":"session.start","session":{"model":"%s"%s}}\
    """
        .formatted(model, fields.isEmpty() ? "" : "," + fields);
  }

  RealtimeClient client() {
    return client;
  }

  LiveCall send(String json) {
    client.send(json);
    return this;
  }

  /** Waits until the simulator has read what was sent before the session started. */
  void awaitReading() {
    send("not JSON");
    client.next();
  }

  /** Sends silence, in pieces of 100 ms. */
  LiveCall silence(int millis) {
    return audio(millis, 0);
  }

  /** Sends a loud tone, which counts as speech. */
  LiveCall speech(int millis) {
    return audio(millis, 6_000);
  }

  private LiveCall audio(int millis, int amplitude) {
    for (int left = millis; left > 0; left -= 100) {
      append(pcm(Math.min(left, 100), RATE, amplitude));
    }
    return this;
  }

  LiveCall append(byte[] audio) {
    return send(appendEvent(audio));
  }

  static String appendEvent(byte[] audio) {
    return "{\"type\":\"session.input_audio.append\",\"audio\":\"" + base64(audio) + "\"}";
  }

  /** All events up to now. */
  List<JsonNode> events() {
    String fence = "fence_" + ++fences;
    send("{\"type\":\"session.update\",\"session\":{},\"event_id\":\"" + fence + "\"}");
    List<JsonNode> events = new ArrayList<>();
    while (true) {
      JsonNode event = client.next();
      if (event.path("client_event_id").asString("").equals(fence)) {
        return events;
      }
      events.add(event);
    }
  }

  /** All events up to now but the audio. */
  List<JsonNode> said() {
    return events().stream().filter(event -> !isAudio(event)).toList();
  }

  JsonNode next() {
    return client.next();
  }

  static boolean isAudio(JsonNode event) {
    return "session.output_audio.delta".equals(event.path("type").asString(""));
  }

  static byte[] audio(JsonNode delta) {
    return Base64.getDecoder().decode(delta.path("delta").asString());
  }

  /** Whether each frame of output audio is silent: zeros in PCM. */
  static List<Boolean> silences(List<JsonNode> events) {
    return events.stream()
        .filter(LiveCall::isAudio)
        .map(delta -> Arrays.equals(audio(delta), new byte[audio(delta).length]))
        .toList();
  }

  static List<JsonNode> ofType(List<JsonNode> events, String type) {
    return events.stream().filter(event -> type.equals(event.path("type").asString(""))).toList();
  }

  static String words(List<JsonNode> events, String type) {
    return ofType(events, type).stream()
        .map(event -> event.path("delta").asString())
        .collect(Collectors.joining());
  }

  static byte[] pcm(int millis, int rate, int amplitude) {
    byte[] pcm = new byte[millis * rate / 1_000 * 2];
    for (int i = 0; i < pcm.length / 2; i++) {
      short sample = (short) (amplitude * Math.sin(2 * Math.PI * 220 * i / rate));
      pcm[2 * i] = (byte) sample;
      pcm[2 * i + 1] = (byte) (sample >> 8);
    }
    return pcm;
  }

  static String base64(byte[] audio) {
    return Base64.getEncoder().encodeToString(audio);
  }

  @Override
  public void close() {
    client.close();
  }
}
