package io.donna.gateway.kit;

import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A model of the Realtime API whose every event a test decides; it begins its session by itself.
 * For what the simulator does not do: audio of which each sample is known.
 */
public final class PlayedModel implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final JsonMapper JSON = JsonMapper.shared();

  private final TestUpstream upstream = TestUpstream.start();
  private final LinkedBlockingQueue<TestUpstream.Connection> connections =
      new LinkedBlockingQueue<>();
  private final List<JsonNode> received = new CopyOnWriteArrayList<>();

  /** Items of the user's that have begun. */
  private final List<String> begun = new CopyOnWriteArrayList<>();

  /** Up to where {@link #awaits} has read. */
  private int read;

  private PlayedModel() {
    upstream.handEachTo(this::serve);
  }

  public static PlayedModel start() {
    return new PlayedModel();
  }

  public URI uri() {
    return upstream.uri();
  }

  private void serve(TestUpstream.Connection connection) {
    connection.accept();
    connections.add(connection);
    send(
        "session.created",
        Map.of("session", Map.of("type", "realtime", "model", "gpt-realtime-2.1")));
    try {
      while (true) {
        received.add(JSON.readTree(connection.readText()));
      }
    } catch (RuntimeException | AssertionError over) {
      connection.close();
    }
  }

  /** Samples that are never silent and differ from their neighbours, so that none can hide. */
  public static short[] samples(int count, int seed) {
    short[] samples = new short[count];
    for (int i = 0; i < count; i++) {
      samples[i] = (short) (1 + (i * 7 + seed * 13_001) % 29_989);
    }
    return samples;
  }

  /** The next event of this type that the client sends. */
  public JsonNode awaits(String type) {
    await(type).atMost(PATIENCE).until(() -> next(type).isPresent());
    int index = next(type).orElseThrow();
    read = index + 1;
    return received.get(index);
  }

  private Optional<Integer> next(String type) {
    for (int i = read; i < received.size(); i++) {
      if (received.get(i).get("type").asString().equals(type)) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  /** Every event of this type so far. */
  public List<JsonNode> sent(String type) {
    return received.stream().filter(event -> event.get("type").asString().equals(type)).toList();
  }

  /** So much of the client's audio. */
  public short[] awaitSpeech(Duration length) {
    int samples = (int) (length.toMillis() * 24);
    await("audio").atMost(PATIENCE).until(() -> speech().length >= samples);
    return speech();
  }

  private short[] speech() {
    List<byte[]> chunks =
        sent("input_audio_buffer.append").stream()
            .map(event -> Base64.getDecoder().decode(event.get("audio").asString()))
            .toList();
    ByteBuffer all = ByteBuffer.allocate(chunks.stream().mapToInt(chunk -> chunk.length).sum());
    chunks.forEach(all::put);
    short[] samples = new short[all.capacity() / 2];
    all.flip().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(samples);
    return samples;
  }

  public void userSpeaks(String item) {
    begun.add(item);
    send("input_audio_buffer.speech_started", Map.of("item_id", item, "audio_start_ms", 0));
  }

  public void finishesUsersTurn(String item, String words) {
    if (!begun.contains(item)) {
      userSpeaks(item);
    }
    send("input_audio_buffer.speech_stopped", Map.of("item_id", item, "audio_end_ms", 1_000));
    send(
        "conversation.item.input_audio_transcription.completed",
        Map.of("item_id", item, "content_index", 0, "transcript", words));
  }

  /** A whole answer, its audio in deltas of these sizes, one after the other and from the start. */
  public void answers(String response, String item, String words, short[] audio, int... sizes) {
    begins(response, item);
    send(
        "response.output_audio_transcript.delta",
        Map.of("response_id", response, "item_id", item, "content_index", 0, "delta", words));
    int from = 0;
    for (int i = 0; from < audio.length; i++) {
      int to = Math.min(audio.length, from + sizes[i % sizes.length]);
      says(response, item, Arrays.copyOfRange(audio, from, to));
      from = to;
    }
    ends(response, item, "completed");
  }

  public void begins(String response, String item) {
    send("response.created", Map.of("response", Map.of("id", response, "status", "in_progress")));
    send(
        "response.output_audio_transcript.delta",
        Map.of("response_id", response, "item_id", item, "content_index", 0, "delta", ""));
  }

  public void says(String response, String item, short[] audio) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * audio.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(audio);
    send(
        "response.output_audio.delta",
        Map.of(
            "response_id",
            response,
            "item_id",
            item,
            "content_index",
            0,
            "delta",
            Base64.getEncoder().encodeToString(bytes.array())));
  }

  public void ends(String response, String item, String status) {
    if (status.equals("completed")) {
      send("response.output_audio.done", Map.of("response_id", response, "item_id", item));
    }
    send("response.done", Map.of("response", Map.of("id", response, "status", status)));
  }

  private void send(String type, Map<String, Object> fields) {
    ObjectNode event = JSON.createObjectNode().put("type", type);
    fields.forEach(event::putPOJO);
    TestUpstream.Connection connection = connections.peek();
    if (connection == null) {
      throw new AssertionError("the gateway opened no upstream");
    }
    connection.send(JSON.writeValueAsString(event));
  }

  @Override
  public void close() {
    upstream.close();
    connections.forEach(TestUpstream.Connection::close);
  }
}
