package io.donna.gateway.fuzz;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * An upstream that keeps a conversation as the Realtime API does, one step at a time: it does
 * nothing but what it is told to. What it answers names the user's items that it has read. Confined
 * to the thread of its run, which reads on a thread of its own.
 */
final class ModelUpstream {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** {@code -Dfuzz.trace=true} prints what both sides say, to see why an input fails. */
  private static final boolean TRACE = Boolean.getBoolean("fuzz.trace");

  private static final int TOKENS_READ = 10;
  private static final int TOKENS_SAID = 7;

  /** One answer, and the events of it that are still to be sent. */
  private record Response(String id, boolean inConversation, Deque<String> events) {}

  private final TestUpstream.Connection connection;
  private final Queue<String> arrived = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  /** It has said that it says nothing more. */
  private boolean closing;

  private final List<String> received = new ArrayList<>();

  /** Items of the conversation by their ids: whether they are the user's, and speech. */
  private final Map<String, Boolean> items = new LinkedHashMap<>();

  private final Deque<String> untranscribed = new ArrayDeque<>();
  private final Set<String> refused = new LinkedHashSet<>();
  private final List<Response> running = new ArrayList<>();
  private String session = "{\"type\":\"realtime\",\"instructions\":\"" + FuzzHouse.HIDDEN + "\"}";
  private int number;
  private int begun;
  private long stated;

  ModelUpstream(TestUpstream.Connection connection) {
    this.connection = connection;
    connection.answerPings();
    Thread.ofVirtual().start(this::read);
    say("session.created", "\"session\":" + session);
  }

  private void read() {
    try {
      while (true) {
        Frame frame = connection.read();
        if (frame.isClose()) {
          connection.sendClose(1000, "");
          break;
        }
        arrived.add(frame.text());
      }
    } catch (UncheckedIOException ended) {
      // As a close.
    }
    over = true;
  }

  boolean isOver() {
    return over && arrived.isEmpty();
  }

  /** Everything that it was ever sent. */
  List<String> received() {
    return received;
  }

  /** Speech that was found to be what a user must not say, or could not be written down. */
  Set<String> refused() {
    return refused;
  }

  /** Responses that it began. */
  int begun() {
    return begun;
  }

  /** Tokens that it said were used. */
  long stated() {
    return stated;
  }

  /** Takes whatever has arrived. */
  void pump(String said) {
    for (String text = arrived.poll(); text != null; text = arrived.poll()) {
      received.add(text);
      trace("<- ", text);
      if (!closing) {
        take(MAPPER.readTree(text), said);
      }
    }
  }

  private void take(JsonNode event, String said) {
    String id = event.path("event_id").asString("");
    switch (event.path("type").asString("")) {
      case "session.update" -> {
        session = merged(event.path("session"));
        say("session.updated", "\"session\":" + session);
      }
      case "conversation.item.create" -> addItem(event.path("item"));
      case "conversation.item.delete" -> {
        String item = event.path("item_id").asString("");
        if (items.remove(item) == null) {
          refuse("item_delete_invalid_item_id", id);
        } else {
          say("conversation.item.deleted", "\"item_id\":\"" + item + "\"");
        }
      }
      case "conversation.item.retrieve" -> {
        String item = event.path("item_id").asString("");
        if (items.containsKey(item)) {
          say("conversation.item.retrieved", "\"item\":" + shown(item, said));
        } else {
          refuse("item_retrieve_invalid_item_id", id);
        }
      }
      case "input_audio_buffer.commit" -> commit(Optional.empty());
      case "response.create" -> begin(event.path("response"), id, said);
      case "response.cancel" -> {
        if (running.isEmpty()) {
          refuse("response_cancel_not_active", id);
        } else {
          finish(running.removeFirst(), "cancelled");
        }
      }
      default -> {}
    }
  }

  /** As the API merges an update: objects deeply, all else whole. */
  private String merged(JsonNode update) {
    ObjectNode all = (ObjectNode) MAPPER.readTree(session);
    merge(all, update);
    return all.toString();
  }

  private static void merge(ObjectNode into, JsonNode update) {
    update.forEachEntry((name, value) -> {
      if (value.isObject() && into.get(name) instanceof ObjectNode known) {
        merge(known, value);
      } else {
        into.set(name, value);
      }
    });
  }

  private boolean isTranscribing() {
    return MAPPER.readTree(session).at("/audio/input/transcription").isObject();
  }

  private void addItem(JsonNode item) {
    String id = item.path("id").asString("i" + ++number);
    items.put(id, false);
    ObjectNode added = item instanceof ObjectNode object ? object : MAPPER.createObjectNode();
    added.put("id", id);
    say("conversation.item.added", "\"previous_item_id\":null,\"item\":" + added);
    say("conversation.item.done", "\"previous_item_id\":null,\"item\":" + added);
  }

  private String shown(String item, String said) {
    return "{\"id\":\"%s\",\"type\":\"message\",\"role\":\"%s\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}"
        .formatted(
            item, item.startsWith("a") ? "assistant" : "user", item.startsWith("a") ? said : "");
  }

  /** A turn begins, which is longer than a message is on its way. */
  String hearSpeech() {
    String item = "u" + ++number + "-";
    say("input_audio_buffer.speech_started", "\"item_id\":\"" + item + "\",\"audio_start_ms\":0");
    return item;
  }

  /** And ends. */
  void hearSilence(String item) {
    say("input_audio_buffer.speech_stopped", "\"item_id\":\"" + item + "\",\"audio_end_ms\":500");
    commit(Optional.of(item));
  }

  private void commit(Optional<String> found) {
    String item = found.orElseGet(() -> "u" + ++number + "-");
    String previous =
        items.isEmpty() ? "null" : "\"" + List.copyOf(items.keySet()).getLast() + "\"";
    items.put(item, true);
    if (isTranscribing()) {
      untranscribed.add(item);
    }
    say(
        "input_audio_buffer.committed",
        "\"item_id\":\"" + item + "\",\"previous_item_id\":" + previous);
    String shown =
        "{\"id\":\"" + item + "\",\"type\":\"message\",\"role\":\"user\",\"content\":[]}";
    say("conversation.item.added", "\"previous_item_id\":" + previous + ",\"item\":" + shown);
  }

  /** The speech that has waited longest is written down. */
  void transcribe(String text) {
    String item = untranscribed.poll();
    if (item != null) {
      if (text.contains(FuzzHouse.SECRET)) {
        refused.add(item);
      }
      stated += 3;
      say(
          "conversation.item.input_audio_transcription.completed",
          "\"item_id\":\"%s\",\"content_index\":0,\"transcript\":\"%s\",\"usage\":{\"type\":\"tokens\",\"total_tokens\":3,\"input_tokens\":2,\"output_tokens\":1}"
              .formatted(item, text));
    }
  }

  void failToTranscribe() {
    String item = untranscribed.poll();
    if (item != null) {
      refused.add(item);
      say(
          "conversation.item.input_audio_transcription.failed",
          "\"item_id\":\"" + item + "\",\"content_index\":0,\"error\":{\"type\":\"server_error\"}");
    }
  }

  private void begin(JsonNode asked, String eventId, String said) {
    boolean inConversation = !asked.path("conversation").asString("auto").equals("none");
    if (inConversation && running.stream().anyMatch(Response::inConversation)) {
      refuse("conversation_already_has_active_response", eventId);
      return;
    }
    begun++;
    String id = "r" + ++number;
    String item = "a" + number;
    boolean isFixed = asked.path("instructions").asString("").startsWith("Say exactly");
    StringBuilder read = new StringBuilder();
    if (!asked.has("input")) {
      items.forEach((each, speech) -> read.append(speech ? "reads-" + each : ""));
    }
    running.add(
        new Response(id, inConversation, answer(id, item, read + " " + (isFixed ? "No." : said))));
    say(
        "response.created",
        "\"response\":{\"id\":\"%s\",\"status\":\"in_progress\",\"instructions\":\"%s\",\"conversation_id\":%s,\"metadata\":%s}"
            .formatted(
                id,
                FuzzHouse.HIDDEN,
                inConversation ? "\"c\"" : "null",
                asked.has("metadata") ? asked.get("metadata") : "null"));
    if (inConversation) {
      items.put(item, false);
    }
  }

  /** The events of an answer: of a text in two deltas, or of a call with the text as argument. */
  private static Deque<String> answer(String response, String item, String text) {
    String of =
        "\"response_id\":\"" + response + "\",\"output_index\":0,\"item_id\":\"" + item + "\"";
    String in = "\"response_id\":\"" + response + "\",\"output_index\":0";
    String part = of + ",\"content_index\":0";
    Deque<String> events = new ArrayDeque<>();
    int half = text.length() / 2;
    if (text.contains("call")) {
      String call =
          "{\"id\":\"%s\",\"type\":\"function_call\",\"name\":\"f\",\"call_id\":\"c\",\"arguments\":\"%s\"}";
      events.add(event("response.output_item.added", in + ",\"item\":" + call.formatted(item, "")));
      events.add(event("conversation.item.added", "\"item\":" + call.formatted(item, "")));
      events.add(
          event(
              "response.function_call_arguments.delta",
              of + ",\"delta\":\"" + text.substring(0, half) + "\""));
      events.add(
          event(
              "response.function_call_arguments.delta",
              of + ",\"delta\":\"" + text.substring(half) + "\""));
      events.add(
          event("response.function_call_arguments.done", of + ",\"arguments\":\"" + text + "\""));
      events.add(event("conversation.item.done", "\"item\":" + call.formatted(item, text)));
      events.add(
          event("response.output_item.done", in + ",\"item\":" + call.formatted(item, text)));
      return events;
    }
    String message =
        "{\"id\":\"%s\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_audio\",\"transcript\":\"%s\"}]}";
    events.add(
        event("response.output_item.added", in + ",\"item\":" + message.formatted(item, "")));
    events.add(event("conversation.item.added", "\"item\":" + message.formatted(item, "")));
    events.add(
        event(
            "response.output_audio_transcript.delta",
            part + ",\"delta\":\"" + text.substring(0, half) + "\""));
    events.add(event("response.output_audio.delta", part + ",\"delta\":\"AAAA\""));
    events.add(
        event(
            "response.output_audio_transcript.delta",
            part + ",\"delta\":\"" + text.substring(half) + "\""));
    events.add(
        event("response.output_audio_transcript.done", part + ",\"transcript\":\"" + text + "\""));
    events.add(
        event(
            "response.content_part.done",
            part + ",\"part\":{\"type\":\"audio\",\"transcript\":\"" + text + "\"}"));
    events.add(event("conversation.item.done", "\"item\":" + message.formatted(item, text)));
    events.add(
        event("response.output_item.done", in + ",\"item\":" + message.formatted(item, text)));
    return events;
  }

  /**
   * Says {@code most} more events of the answer that began first, and what it came to at its end.
   */
  void advance(int most) {
    for (int i = 0; i < most && !running.isEmpty(); i++) {
      Response response = running.getFirst();
      String next = response.events.poll();
      if (next != null) {
        send(next);
      } else {
        finish(running.removeFirst(), "completed");
      }
    }
  }

  private void finish(Response response, String status) {
    stated += TOKENS_READ + TOKENS_SAID;
    say(
        "response.done",
        "\"response\":{\"id\":\"%s\",\"status\":\"%s\",\"status_details\":null,\"instructions\":\"%s\",\"output\":[],\"conversation_id\":%s,\"metadata\":null,\"usage\":{\"total_tokens\":%d,\"input_tokens\":%d,\"output_tokens\":%d,\"input_token_details\":{\"text_tokens\":%d},\"output_token_details\":{\"text_tokens\":%d}}}"
            .formatted(
                response.id,
                status,
                FuzzHouse.HIDDEN,
                response.inConversation ? "\"c\"" : "null",
                TOKENS_READ + TOKENS_SAID,
                TOKENS_READ,
                TOKENS_SAID,
                TOKENS_READ,
                TOKENS_SAID));
  }

  private void refuse(String code, String eventId) {
    say(
        "error",
        "\"error\":{\"type\":\"invalid_request_error\",\"code\":\"%s\",\"message\":\"no\",\"event_id\":\"%s\"}"
            .formatted(code, eventId));
  }

  private void say(String type, String rest) {
    send(event(type, rest));
  }

  private static String event(String type, String rest) {
    return "{\"type\":\"" + type + "\",\"event_id\":\"e\"," + rest + "}";
  }

  /** Says anything at all. */
  void send(String text) {
    trace("-> ", text);
    try {
      connection.send(text);
    } catch (UncheckedIOException ended) {
      over = true;
    }
  }

  static void trace(String direction, String text) {
    if (TRACE) {
      System.out.println(direction + text);
    }
  }

  void close() {
    connection.close();
  }

  void reset() {
    try {
      connection.reset();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void sendClose() {
    closing = true;
    over = true;
    try {
      connection.sendClose(1000, "over");
    } catch (UncheckedIOException ended) {
      over = true;
    }
  }
}
