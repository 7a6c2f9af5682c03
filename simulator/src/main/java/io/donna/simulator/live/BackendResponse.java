package io.donna.simulator.live;

import io.donna.simulator.protocol.Json;
import io.donna.simulator.speech.ToolArguments;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One response of the backend, as the stream of Responses events that a Live session wraps.
 * Confined to the session's event loop.
 */
final class BackendResponse {
  private static final int INPUT_TOKENS = 320;

  private final String id;
  private final JsonNode settings;
  private final long createdAt;
  private final LiveEvents events;
  private final @Nullable String delegationId;
  private final Optional<JsonNode> input;
  private ObjectNode call = Json.object();
  private int sequence;
  private int outputs;
  private int outputTokens;

  BackendResponse(
      String id,
      JsonNode settings,
      long createdAt,
      LiveEvents events,
      @Nullable String delegationId,
      Optional<JsonNode> input) {
    this.id = id;
    this.settings = settings.deepCopy();
    this.createdAt = createdAt;
    this.events = events;
    this.delegationId = delegationId;
    this.input = input;
  }

  /** The function to call: the first that shares a word with what was said, else the first. */
  Optional<JsonNode> function(String said) {
    if ("none".equals(settings.path("tool_choice").asString("auto"))) {
      return Optional.empty();
    }
    String heard = said.toLowerCase(Locale.ROOT);
    List<JsonNode> functions =
        settings
            .path("tools")
            .valueStream()
            .filter(tool -> "function".equals(tool.path("type").asString("")))
            .toList();
    return functions.stream()
        .filter(function ->
            OutputSpeech.words(function.path("name").asString("").replace('_', ' ')).stream()
                .anyMatch(heard::contains))
        .findFirst()
        .or(() -> functions.stream().findFirst());
  }

  boolean searches() {
    return settings
        .path("tools")
        .valueStream()
        .anyMatch(tool -> "web_search".equals(tool.path("type").asString("")));
  }

  String callId() {
    return call.path("call_id").asString("");
  }

  void begin() {
    send("response.created", event -> event.set("response", snapshot("in_progress")));
    send("response.in_progress", event -> event.set("response", snapshot("in_progress")));
  }

  /** Prepares a call of the function. */
  void call(JsonNode function, String said) {
    String json = Json.write(new ToolArguments(said).fill(function.path("parameters")));
    outputTokens += LiveTokens.ofText(json) + LiveTokens.ofText(function.path("name").asString(""));
    call =
        Json.object()
            .put("id", events.ids().hexadecimal("fc_"))
            .put("type", "function_call")
            .put("status", "completed")
            .put("arguments", json)
            .put("call_id", "call_" + events.ids().random(24))
            .put("name", function.path("name").asString(""));
  }

  void addCall() {
    send(
        "response.output_item.added",
        event -> {
          event.set("item", call.deepCopy().put("status", "in_progress").put("arguments", ""));
          event.put("output_index", outputs);
        });
  }

  void finishArguments() {
    send(
        "response.function_call_arguments.done",
        event ->
            event
                .put("arguments", call.path("arguments").asString(""))
                .put("item_id", call.path("id").asString(""))
                .put("output_index", outputs));
  }

  void finishCall() {
    send(
        "response.output_item.done",
        event -> {
          event.set("item", call.deepCopy());
          event.put("output_index", outputs++);
        });
  }

  /** A hosted web search. */
  void search() {
    ObjectNode item =
        Json.object().put("id", events.ids().hexadecimal("ws_")).put("type", "web_search_call");
    send(
        "response.output_item.added",
        event -> {
          event.set("item", item.deepCopy().put("status", "in_progress"));
          event.put("output_index", outputs);
        });
    send(
        "response.output_item.done",
        event -> {
          event.set("item", item.put("status", "completed"));
          event.put("output_index", outputs++);
        });
  }

  void answer(String text) {
    outputTokens += LiveTokens.ofText(text);
    String itemId = events.ids().hexadecimal("msg_");
    send(
        "response.output_item.added",
        event -> {
          event.set("item", message(itemId, "in_progress"));
          event.put("output_index", outputs);
        });
    send("response.content_part.added", event -> place(event, itemId).set("part", part("")));
    send("response.output_text.delta", event -> place(event, itemId).put("delta", text));
    send("response.output_text.done", event -> place(event, itemId).put("text", text));
    send("response.content_part.done", event -> place(event, itemId).set("part", part(text)));
    send(
        "response.output_item.done",
        event -> {
          ObjectNode item = message(itemId, "completed");
          item.withArray("content").add(part(text));
          event.set("item", item);
          event.put("output_index", outputs++);
        });
  }

  void complete() {
    send("response.completed", event -> event.set("response", snapshot("completed")));
  }

  /** Wraps an event of the Responses API, which numbers its events. */
  private void send(String type, Consumer<ObjectNode> fields) {
    events.sendIdFirst(
        "response.event",
        null,
        wrapper -> {
          wrapper.put("delegation_id", delegationId);
          ObjectNode event = wrapper.putObject("event").put("type", type);
          fields.accept(event);
          event.put("sequence_number", sequence++);
        });
  }

  /** The response without its input, and with empty instructions, tools and output. */
  private ObjectNode snapshot(String status) {
    ObjectNode response =
        Json.object()
            .put("id", id)
            .put("object", "response")
            .put("created_at", createdAt)
            .put("status", status)
            .putNull("error")
            .putNull("incomplete_details")
            .putNull("instructions");
    response.set(
        "max_output_tokens",
        settings.path("max_output_tokens").isNumber()
            ? settings.get("max_output_tokens")
            : response.nullNode());
    response.put("model", settings.path("model").asString(""));
    response.putArray("output");
    response.put("parallel_tool_calls", settings.path("parallel_tool_calls").asBoolean(true));
    response.put("service_tier", settings.path("service_tier").asString("default"));
    response.put("tool_choice", settings.path("tool_choice").asString("auto"));
    response.putArray("tools");
    if ("completed".equals(status)) {
      usage(response.putObject("usage"));
    } else {
      response.putNull("usage");
    }
    return response;
  }

  private void usage(ObjectNode usage) {
    int read =
        INPUT_TOKENS
            + LiveTokens.ofText(settings.path("instructions").asString(""))
            + input.map(item -> LiveTokens.ofText(Json.write(item))).orElse(0);
    usage.put("input_tokens", read).putObject("input_tokens_details").put("cached_tokens", 0);
    usage
        .put("output_tokens", outputTokens)
        .putObject("output_tokens_details")
        .put("reasoning_tokens", 0);
    usage.put("total_tokens", read + outputTokens);
  }

  private ObjectNode place(ObjectNode event, String itemId) {
    return event.put("content_index", 0).put("item_id", itemId).put("output_index", outputs);
  }

  private static ObjectNode message(String itemId, String status) {
    ObjectNode item = Json.object().put("id", itemId).put("type", "message").put("status", status);
    item.putArray("content");
    return item.put("role", "assistant");
  }

  private static ObjectNode part(String text) {
    ObjectNode part = Json.object().put("type", "output_text");
    part.putArray("annotations");
    return part.put("text", text);
  }
}
