package io.donna.simulator.realtime;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.protocol.Ids;
import io.donna.simulator.protocol.Json;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A conversation item, as clients see it, and its token count. */
final class Item {
  private final ObjectNode json;
  private Tokens tokens = Tokens.NONE;
  private short[] samples = {};
  private AudioFormat format = AudioFormat.PCM;
  private long audioMillis;

  private Item(ObjectNode json) {
    this.json = json;
  }

  /** An item sent by a client, in the API's field order and without its audio. */
  static Item from(ObjectNode sent, AudioFormat format, Ids ids) {
    ObjectNode json =
        Json.object()
            .put("id", sent.path("id").asString(ids.item()))
            .put("type", sent.path("type").stringValue());
    if (!"function_call_output".equals(sent.path("type").stringValue())) {
      json.put("status", "completed");
    }
    for (String name : new String[] {"role", "name", "call_id"}) {
      if (sent.has(name)) {
        json.set(name, sent.get(name));
      }
    }
    sent.properties().stream()
        .filter(field -> !json.has(field.getKey()) && !"object".equals(field.getKey()))
        .forEach(field -> json.set(field.getKey(), field.getValue().deepCopy()));
    Item item = new Item(json);
    item.weigh(format);
    return item;
  }

  /** A user message from the input audio buffer. */
  static Item userAudio(String id, short[] samples, AudioFormat format) {
    ObjectNode json = message(id, "completed", "user");
    json.withArray("content").addObject().put("type", "input_audio").putNull("transcript");
    Item item = new Item(json);
    item.keepAudio(samples, format);
    item.tokens = Tokens.ofUserAudio(format.millis(samples.length));
    return item;
  }

  /** An empty assistant message. */
  static Item assistantMessage(Ids ids) {
    return new Item(message(ids.item(), "in_progress", "assistant"));
  }

  static Item functionCall(String name, Ids ids) {
    return new Item(
        Json.object()
            .put("id", ids.item())
            .put("type", "function_call")
            .put("status", "in_progress")
            .put("name", name)
            .put("call_id", ids.call())
            .put("arguments", ""));
  }

  String id() {
    return json.path("id").stringValue();
  }

  String type() {
    return json.path("type").stringValue();
  }

  String callId() {
    return json.path("call_id").asString("");
  }

  ObjectNode json() {
    return json;
  }

  Tokens tokens() {
    return tokens;
  }

  long audioMillis() {
    return audioMillis;
  }

  boolean isFromUser() {
    return "user".equals(json.path("role").asString(""));
  }

  boolean isAssistantAudio() {
    return json.at("/content/0/type").asString("").equals("output_audio");
  }

  /** The text of a message or of a tool's output. */
  String words() {
    StringBuilder words = new StringBuilder(json.path("output").asString(""));
    for (JsonNode part : json.path("content")) {
      String text = part.path("text").asString(part.path("transcript").asString(""));
      words.append(words.isEmpty() ? "" : " ").append(text);
    }
    return words.toString();
  }

  /** Sets the final content of an assistant message and its token count. */
  void finish(String status, ObjectNode part, Tokens spent) {
    json.put("status", status);
    json.withArray("content").removeAll().add(part);
    tokens = spent;
  }

  void finishCall(String status, String arguments, Tokens spent) {
    json.put("status", status).put("arguments", arguments);
    tokens = spent;
  }

  void keepAudio(short[] spoken, AudioFormat spokenFormat) {
    samples = spoken;
    format = spokenFormat;
    audioMillis = format.millis(samples.length);
  }

  /** Discards the samples. Their duration stays known. */
  void forgetAudio() {
    samples = new short[0];
  }

  /** Discards the audio that the user did not hear, and the whole transcript. */
  void truncate(long audioEndMillis) {
    samples = Arrays.copyOf(samples, Math.min(samples.length, format.samples(audioEndMillis)));
    audioMillis = audioEndMillis;
    ((ObjectNode) json.at("/content/0")).put("transcript", "");
    tokens = Tokens.ofAssistantAudio(audioEndMillis);
  }

  /** The item with its audio, as `conversation.item.retrieve` returns it. */
  ObjectNode retrieved() {
    ObjectNode copy = json.deepCopy();
    if (samples.length > 0) {
      audioPart(copy)
          .ifPresent(part ->
              part.put("audio", Base64.getEncoder().encodeToString(format.encode(samples))));
    }
    return copy;
  }

  private void weigh(AudioFormat sentFormat) {
    tokens = Tokens.ofText(json.path("output").asString("") + json.path("arguments").asString(""));
    for (JsonNode part : json.path("content")) {
      tokens = tokens.plus(Tokens.ofText(part.path("text").asString("")));
      if (part.has("image_url")) {
        tokens = tokens.plus(Tokens.ofImage());
      }
    }
    audioPart(json)
        .filter(part -> part.has("audio"))
        .ifPresent(part -> {
          byte[] wire = Base64.getDecoder().decode(part.path("audio").asString(""));
          keepAudio(sentFormat.decode(wire), sentFormat);
          part.remove("audio");
          tokens = tokens.plus(Tokens.ofUserAudio(audioMillis()));
        });
  }

  private static Optional<ObjectNode> audioPart(ObjectNode item) {
    for (JsonNode part : item.path("content")) {
      if (part.path("type").asString("").endsWith("_audio")) {
        return Optional.of((ObjectNode) part);
      }
    }
    return Optional.empty();
  }

  private static ObjectNode message(String id, String status, String role) {
    ObjectNode json =
        Json.object().put("id", id).put("type", "message").put("status", status).put("role", role);
    json.putArray("content");
    return json;
  }
}
