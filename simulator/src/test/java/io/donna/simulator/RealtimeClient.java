package io.donna.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * A client as an application writes one: the JDK's WebSocket, and events in the order they came.
 */
final class RealtimeClient implements WebSocket.Listener, AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final long LIMIT_SECONDS = 30;

  private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
  private final BlockingQueue<byte[]> pings = new LinkedBlockingQueue<>();
  private final CompletableFuture<String> end = new CompletableFuture<>();
  private final StringBuilder partial = new StringBuilder();
  private @Nullable WebSocket socket;

  /** Connects as most SDKs do: a bearer key and a model. */
  static RealtimeClient connect(Simulator simulator) {
    return connect(simulator, "?model=gpt-realtime-2.1", "Authorization", "Bearer sk-test");
  }

  /** Connects to another endpoint of the simulator. */
  static RealtimeClient connectTo(URI uri) {
    return connect(HTTP, uri, List.of(), "Authorization", "Bearer sk-test");
  }

  /** Connects with the key of any SDK and a model that names a fault. */
  static RealtimeClient connectToModel(Simulator simulator, String model) {
    String query = "?model=" + URLEncoder.encode(model, UTF_8);
    return connect(simulator, query, "Authorization", "Bearer sk-test");
  }

  static RealtimeClient connect(Simulator simulator, String query, String... headers) {
    return connect(HTTP, URI.create(simulator.uri() + query), List.of(), headers);
  }

  static RealtimeClient connect(
      HttpClient http, URI uri, List<String> subprotocols, String... headers) {
    try {
      return connecting(http, uri, subprotocols, headers).get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static CompletableFuture<RealtimeClient> connecting(
      HttpClient http, URI uri, List<String> subprotocols, String... headers) {
    RealtimeClient client = new RealtimeClient();
    WebSocket.Builder builder = http.newWebSocketBuilder();
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    if (!subprotocols.isEmpty()) {
      builder.subprotocols(
          subprotocols.getFirst(),
          subprotocols.subList(1, subprotocols.size()).toArray(String[]::new));
    }
    return builder
        .buildAsync(uri, client)
        .thenApply(socket -> {
          client.socket = socket;
          return client;
        });
  }

  WebSocket socket() {
    if (socket == null) {
      throw new IllegalStateException("not connected");
    }
    return socket;
  }

  RealtimeClient send(String json) {
    socket().sendText(json, true).orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    return this;
  }

  void sendBinary(byte[] bytes) {
    socket().sendBinary(ByteBuffer.wrap(bytes), true).join();
  }

  RealtimeClient update(String session) {
    send("{\"type\":\"session.update\",\"session\":" + session + "}");
    return this;
  }

  RealtimeClient say(String text) {
    return send(
        "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
            + "\"content\":[{\"type\":\"input_text\",\"text\":"
            + JSON.writeValueAsString(text)
            + "}]}}");
  }

  RealtimeClient respond() {
    return send("{\"type\":\"response.create\"}");
  }

  RealtimeClient respond(String options) {
    return send("{\"type\":\"response.create\",\"response\":" + options + "}");
  }

  /** Appends audio at once, by an event of that type. */
  RealtimeClient append(String type, byte[] audio) {
    String base64 = Base64.getEncoder().encodeToString(audio);
    return send("{\"type\":\"" + type + "\",\"audio\":\"" + base64 + "\"}");
  }

  /** Appends audio as a microphone would: in pieces of 100 ms, but at once. */
  RealtimeClient append(byte[] audio, int bytesPerSecond) {
    int piece = bytesPerSecond / 10;
    for (int from = 0; from < audio.length; from += piece) {
      byte[] bytes =
          java.util.Arrays.copyOfRange(audio, from, Math.min(audio.length, from + piece));
      String base64 = Base64.getEncoder().encodeToString(bytes);
      send("{\"type\":\"input_audio_buffer.append\",\"audio\":\"" + base64 + "\"}");
    }
    return this;
  }

  /** The next event. */
  JsonNode next() {
    try {
      JsonNode event = events.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("no event within " + LIMIT_SECONDS + " s; end: " + end);
      }
      return event;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All events up to the next one of that type, which is the last. */
  List<JsonNode> until(String type) {
    List<JsonNode> seen = new ArrayList<>();
    while (true) {
      JsonNode event = next();
      seen.add(event);
      if (event.path("type").asString().equals(type)) {
        return seen;
      }
      if (event.path("type").asString().equals("error")) {
        throw new AssertionError("waited for " + type + ", got " + event);
      }
    }
  }

  /** The next event of that type; the ones before it are let go. */
  JsonNode await(String type) {
    return until(type).getLast();
  }

  boolean hasNoEvent() {
    return events.isEmpty();
  }

  /** The payload of the next ping. */
  byte[] awaitPing() throws InterruptedException {
    byte[] ping = pings.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
    if (ping == null) {
      throw new AssertionError("no ping");
    }
    return ping;
  }

  /** How the connection ended: "4000 reason", or the name of an exception. */
  String awaitEnd() {
    return end.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  boolean hasEnded() {
    return end.isDone();
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    partial.append(data);
    if (last) {
      events.add(read(partial.toString()));
      partial.setLength(0);
    }
    from.request(1);
    return null;
  }

  /** An event, or the text itself if it is not JSON. */
  private static JsonNode read(String text) {
    try {
      return JSON.readTree(text);
    } catch (JacksonException malformed) {
      return JsonNodeFactory.instance.stringNode(text);
    }
  }

  @Override
  public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer message) {
    byte[] payload = new byte[message.remaining()];
    message.get(payload);
    pings.add(payload);
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    end.complete(code + " " + reason);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    end.complete(error.getClass().getSimpleName());
  }

  @Override
  public void close() {
    if (socket != null) {
      socket.abort();
    }
  }
}
