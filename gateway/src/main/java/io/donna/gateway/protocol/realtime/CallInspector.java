package io.donna.gateway.protocol.realtime;

import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.calls.Call;
import io.donna.gateway.config.Api;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.event.MemberSelection;
import io.donna.gateway.policy.SpeechFormat;
import io.donna.gateway.telemetry.LoopCounters;
import io.donna.gateway.telemetry.LoopCounters.Count;
import io.donna.gateway.telemetry.LoopCounters.Sender;
import io.donna.gateway.telemetry.Trigger;
import io.donna.gateway.telemetry.TurnStatus;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Follows one upstream's conversation at the client's end of the chain, where it sees what the
 * client gets, when it gets it. Passes everything on. Audio costs a few additions; only events that
 * come once a turn are parsed. Confined to the session's event loop.
 */
public final class CallInspector implements Inspector {
  private static final MemberSelection OF_RESPONSE =
      new MemberSelection(Map.of("response", MemberSelection.of("id", "status")));
  private static final MemberSelection OF_ITEM =
      new MemberSelection(
          Map.of(
              "item",
              new MemberSelection(
                  Map.of(
                      "type", MemberSelection.INCLUDE_ALL,
                      "role", MemberSelection.INCLUDE_ALL,
                      "name", MemberSelection.INCLUDE_ALL))));
  private static final MemberSelection OF_SESSION =
      new MemberSelection(
          Map.of(
              "session",
              new MemberSelection(
                  Map.of(
                      "audio",
                      new MemberSelection(
                          Map.of(
                              "input", MemberSelection.of("format"),
                              "output", MemberSelection.of("format")))))));

  /** In bytes; a longer event is not parsed for figures. */
  private static final int LARGEST = 1 << 18;

  /** In characters: IDs of the upstream are short. */
  private static final int LONGEST_ID = 128;

  private final Call call;
  private final LoopCounters counters;
  private final Supplier<Call.Usage> usage;
  private int inputBytesPerSecond = SpeechFormat.PCM_BYTES_PER_SECOND;
  private int outputBytesPerSecond = SpeechFormat.PCM_BYTES_PER_SECOND;
  private boolean clientGone;

  public CallInspector(Call call, LoopCounters counters, Supplier<Call.Usage> usage) {
    this.call = call;
    this.counters = counters;
    this.usage = usage;
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    int speech =
        event.type() == EventType.INPUT_AUDIO_BUFFER_APPEND
            ? event.lengthOfString(JsonKey.AUDIO)
            : 0;
    countClients(event.type(), event.length(), speech);
    context.toUpstream(event);
  }

  @Override
  public void passedUnseen(EventType type, int bytes) {
    countClients(type, bytes, type == EventType.INPUT_AUDIO_BUFFER_APPEND ? bytes : 0);
  }

  private void countClients(EventType type, int bytes, int speech) {
    counters.addMessage(Api.REALTIME, Sender.CLIENT);
    counters.add(Count.CLIENT_BYTES, bytes);
    switch (type) {
      case INPUT_AUDIO_BUFFER_APPEND ->
          counters.add(
              Count.SPEECH_IN, SpeechFormat.microsOf(Math.max(0, speech), inputBytesPerSecond));
      case INPUT_AUDIO_BUFFER_COMMIT -> call.onCommit();
      case RESPONSE_CREATE -> call.onRequest();
      case RESPONSE_CANCEL, CONVERSATION_ITEM_TRUNCATE -> call.onStop();
      default -> {}
    }
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    if (!clientGone) {
      counters.addMessage(Api.REALTIME, Sender.UPSTREAM);
      counters.add(Count.UPSTREAM_BYTES, event.length());
    }
    read(event);
    context.toClient(event);
  }

  private void read(Event event) {
    switch (event.type()) {
      case RESPONSE_OUTPUT_AUDIO_DELTA, RESPONSE_AUDIO_DELTA -> {
        long micros =
            SpeechFormat.microsOf(
                Math.max(0, event.lengthOfString(JsonKey.DELTA)), outputBytesPerSecond);
        if (!clientGone) {
          counters.add(Count.SPEECH_OUT, micros);
          call.onAudio(micros);
        }
      }
      case RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DELTA,
          RESPONSE_AUDIO_TRANSCRIPT_DELTA,
          RESPONSE_OUTPUT_TEXT_DELTA,
          RESPONSE_TEXT_DELTA ->
          call.onWords();
      case SESSION_CREATED, SESSION_UPDATED -> onSession(event);
      case INPUT_AUDIO_BUFFER_SPEECH_STARTED -> call.onSpeechStarted();
      case INPUT_AUDIO_BUFFER_SPEECH_STOPPED, INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED ->
          call.onSpeechStopped();
      case INPUT_AUDIO_BUFFER_COMMITTED -> call.onCommitted();
      case CONVERSATION_ITEM_ADDED, CONVERSATION_ITEM_CREATED -> onItem(select(OF_ITEM, event));
      case RESPONSE_CREATED ->
          call.onStarted(id(select(OF_RESPONSE, event).path("response").path("id")));
      case RESPONSE_OUTPUT_ITEM_ADDED -> onOutput(select(OF_ITEM, event).path("item"));
      case RESPONSE_DONE -> {
        JsonNode response = select(OF_RESPONSE, event).path("response");
        call.onDone(
            id(response.path("id")),
            TurnStatus.named(response.path("status").asString("")),
            usage.get());
      }
      case CONVERSATION_ITEM_TRUNCATED -> call.onTruncated();
      default -> {}
    }
  }

  private static JsonNode select(MemberSelection selection, Event event) {
    return event.length() <= LARGEST ? selection.from(event) : selection.nothing();
  }

  private static String id(JsonNode value) {
    String id = value.asString("");
    return id.length() <= LONGEST_ID ? id : id.substring(0, LONGEST_ID);
  }

  private void onItem(JsonNode event) {
    JsonNode item = event.path("item");
    switch (item.path("type").asString("")) {
      case "function_call_output" -> call.onItem(Trigger.TOOL);
      case "message" -> {
        if (item.path("role").asString("").equals("user")) {
          call.onItem(Trigger.TEXT);
        }
      }
      default -> {}
    }
  }

  private void onOutput(JsonNode item) {
    if (item.path("type").asString("").equals("function_call")) {
      call.onTool(ForeignText.of(item.path("name").asString("")));
    }
  }

  private void onSession(Event event) {
    if (select(OF_SESSION, event).path("session") instanceof ObjectNode session) {
      inputBytesPerSecond =
          SpeechFormat.bytesPerSecond(session).orElse(SpeechFormat.PCM_BYTES_PER_SECOND);
      outputBytesPerSecond =
          SpeechFormat.playedBytesPerSecond(session).orElse(SpeechFormat.PCM_BYTES_PER_SECOND);
    }
  }

  @Override
  public boolean keepsUpstream(InspectorContext context) {
    clientGone = true;
    call.onUpstreamGone();
    return false;
  }

  @Override
  public void end() {
    call.onUpstreamGone();
  }
}
