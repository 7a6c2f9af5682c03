package io.donna.simulator.realtime;

import io.donna.simulator.audio.AudioBuffer;
import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.Json;
import io.donna.simulator.protocol.Pace;
import io.donna.simulator.protocol.SessionFault;
import io.donna.simulator.realtime.ResponseScript.Beat;
import io.donna.simulator.realtime.ResponseScript.Delta;
import java.time.Duration;
import java.util.Base64;
import java.util.Iterator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A response in progress. It announces its item, sends the deltas when they are due, and sends the
 * closing events in the API's order. Confined to the session's event loop.
 */
final class Response {
  private final String id;
  private final ResponseOptions options;
  private final Reply reply;
  private final Conversation conversation;
  private final Events events;
  private final Pace pace;
  private final Consumer<Response> onDone;

  private final Item item;
  private final Spending spending;
  private final StringBuilder words = new StringBuilder();
  private final AudioBuffer spoken = new AudioBuffer();
  private final Iterator<Beat> script;
  private final long startedAt;
  private @Nullable Beat next;
  private int samplesSent;
  private boolean settled;
  private boolean over;

  /**
   * @param input the tokens of the response's input, in total and cached
   * @param onDone called once, after `response.done`
   */
  Response(
      ResponseOptions options,
      Reply reply,
      Spending.Input input,
      Conversation conversation,
      Events events,
      Pace pace,
      Consumer<Response> onDone) {
    this.options = options;
    this.reply = reply;
    this.conversation = conversation;
    this.events = events;
    this.pace = pace;
    this.onDone = onDone;
    this.id = events.ids().response();
    this.startedAt = pace.nanoTime();
    this.spending = new Spending(input, options.tokenLimit(), options.format());
    this.script = ResponseScript.of(reply, options.format()).beats().iterator();
    this.item =
        reply instanceof Reply.Call call
            ? Item.functionCall(call.name(), events.ids())
            : Item.assistantMessage(events.ids());
  }

  String id() {
    return id;
  }

  ResponseOptions options() {
    return options;
  }

  Reply reply() {
    return reply;
  }

  Spending spending() {
    return spending;
  }

  /** The remaining playback time of the audio sent, for a listener who heard it from the start. */
  Duration stillPlaying() {
    Duration played = Duration.ofNanos(pace.nanoTime() - startedAt);
    Duration left = Duration.ofMillis(options.format().millis(samplesSent)).minus(played);
    return left.isNegative() ? Duration.ZERO : left;
  }

  boolean hasSpoken() {
    return samplesSent > 0;
  }

  void start() {
    events.send("response.created", event -> event.set("response", describe("in_progress", null)));
    sendItem("response.output_item.added");
    if (options.inConversation()) {
      conversation.append(item);
      events.sendItem("conversation.item.added", conversation.previousId(item), item.json());
    }
    if (!(reply instanceof Reply.Call)) {
      sendPart("response.content_part.added", part("", ""));
    }
    next = script.hasNext() ? script.next() : null;
    play();
  }

  /**
   * Stops immediately. If the client cancelled, the open parts are closed first; if the user
   * interrupted, they are not.
   */
  void cancel(String reason) {
    if (!"turn_detected".equals(reason)) {
      close("incomplete");
    }
    finish("cancelled", reason);
  }

  /** Stops without sending anything, after the connection was lost. */
  void abandon() {
    over = true;
  }

  private void play() {
    while (!over && next != null) {
      Duration elapsed = Duration.ofNanos(pace.nanoTime() - startedAt);
      Duration due = pace.scaled(next.due());
      if (due.compareTo(elapsed) > 0) {
        pace.after(due.minus(elapsed), this::play);
        return;
      }
      if (!spending.allows(next.delta())) {
        close("incomplete");
        finish("incomplete", "max_output_tokens");
        return;
      }
      send(next.delta());
      next = script.hasNext() ? script.next() : null;
    }
    if (!over) {
      close("completed");
      finish("completed", null);
    }
  }

  private void send(Delta delta) {
    spending.add(delta);
    switch (delta) {
      case Delta.Text(String text) -> sendWords("response.output_text.delta", text);
      case Delta.Transcript(String text) ->
          sendWords("response.output_audio_transcript.delta", text);
      case Delta.Arguments(String json) ->
          events.send(
              "response.function_call_arguments.delta",
              event -> {
                words.append(json);
                callPlace(event);
                events.words(event, json);
              });
      case Delta.Audio(short[] samples) -> {
        samplesSent += samples.length;
        for (short sample : samples) {
          spoken.append(sample);
        }
        events.send(
            "response.output_audio.delta",
            event -> {
              place(event);
              byte[] wire = options.format().encode(samples);
              event.put("delta", Base64.getEncoder().encodeToString(wire));
            });
      }
    }
  }

  private void sendWords(String type, String text) {
    words.append(text);
    events.send(
        type,
        event -> {
          place(event);
          events.words(event, text);
        });
  }

  /** Sends the events between the last delta and `response.done`. */
  private void close(String status) {
    String said = words.toString();
    switch (reply) {
      case Reply.Written _ -> {
        sendPlaced("response.output_text.done", "text", said);
        sendPart("response.content_part.done", part("", said));
      }
      case Reply.Spoken _ -> {
        events.send("response.output_audio.done", this::place);
        sendPlaced("response.output_audio_transcript.done", "transcript", said);
        sendPart("response.content_part.done", part("", said));
      }
      case Reply.Call call ->
          events.send(
              "response.function_call_arguments.done",
              event -> {
                callPlace(event);
                event.put("name", call.name()).put("arguments", said);
              });
    }
    settle(status);
    if (options.inConversation()) {
      events.sendItem("conversation.item.done", conversation.previousId(item), item.json());
    }
    sendItem("response.output_item.done");
  }

  private void finish(String status, @Nullable String reason) {
    over = true;
    settle("completed".equals(status) ? status : "incomplete");
    events.send("response.done", event -> event.set("response", describe(status, reason)));
    onDone.accept(this);
  }

  /** Stores the final state of the item in the conversation. */
  private void settle(String status) {
    if (settled) {
      return;
    }
    settled = true;
    String said = words.toString();
    Tokens spent = spending.output();
    if (reply instanceof Reply.Call) {
      item.finishCall(status, said, spent);
    } else {
      item.finish(status, part("output_", said), spent);
      item.keepAudio(spoken.take(), options.format());
    }
  }

  /** A content part of the item. In `content_part` events its type has no `output_` prefix. */
  private ObjectNode part(String prefix, String said) {
    boolean spoken = reply instanceof Reply.Spoken;
    return Json.object()
        .put("type", prefix + (spoken ? "audio" : "text"))
        .put(spoken ? "transcript" : "text", said);
  }

  private ObjectNode describe(String status, @Nullable String reason) {
    boolean done = !"in_progress".equals(status);
    ObjectNode response =
        Json.object().put("object", "realtime.response").put("id", id).put("status", status);
    if (reason == null) {
      response.putNull("status_details");
    } else {
      response.putObject("status_details").put("type", status).put("reason", reason);
    }
    var output = response.putArray("output");
    if (done) {
      output.add(item.json().deepCopy());
    }
    response.put("conversation_id", options.inConversation() ? conversation.id() : null);
    response.set("output_modalities", options.modalities());
    response.set("max_output_tokens", options.maxOutputTokens());
    response.set("audio", options.audio());
    boolean reported = done && !events.has(SessionFault.NO_USAGE);
    response.set("usage", reported ? spending.usage() : response.nullNode());
    return response.set("metadata", options.metadata());
  }

  private void sendItem(String type) {
    events.send(
        type,
        event -> event.put("response_id", id).put("output_index", 0).set("item", item.json()));
  }

  private void sendPart(String type, ObjectNode part) {
    events.send(
        type,
        event -> {
          place(event);
          event.set("part", part);
        });
  }

  private void sendPlaced(String type, String name, String value) {
    events.send(
        type,
        event -> {
          place(event);
          event.put(name, value);
        });
  }

  private void place(ObjectNode event) {
    event
        .put("response_id", id)
        .put("item_id", item.id())
        .put("output_index", 0)
        .put("content_index", 0);
  }

  private void callPlace(ObjectNode event) {
    event
        .put("response_id", id)
        .put("item_id", item.id())
        .put("output_index", 0)
        .put("call_id", item.callId());
  }
}
