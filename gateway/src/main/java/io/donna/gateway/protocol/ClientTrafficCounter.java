package io.donna.gateway.protocol;

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
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Counts messages and speech at the client's end of the chain. Passes everything on. Confined to
 * the session's event loop.
 */
public final class ClientTrafficCounter implements Inspector {
  private static final MemberSelection OF_SESSION =
      new MemberSelection(
          Map.of(
              "session",
              new MemberSelection(
                  Map.of(
                      "audio",
                      new MemberSelection(
                          Map.of(
                              "input",
                              MemberSelection.of("format"),
                              "format",
                              MemberSelection.INCLUDE_ALL))))));

  /** In bytes; a longer event is not parsed for figures. */
  private static final int LARGEST = 1 << 18;

  private final LoopCounters counters;
  private final Api api;
  private int bytesPerSecond = SpeechFormat.PCM_BYTES_PER_SECOND;
  private boolean clientGone;

  /** Counts the messages of a session of {@code api}. */
  public ClientTrafficCounter(LoopCounters counters, Api api) {
    this.counters = counters;
    this.api = api;
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    counters.addMessage(api, Sender.CLIENT);
    counters.add(Count.CLIENT_BYTES, event.length());
    if (event.type() == EventType.INPUT_AUDIO_BUFFER_APPEND
        || event.type() == EventType.SESSION_INPUT_AUDIO_BUFFER_APPEND
        || event.type() == EventType.SESSION_INPUT_AUDIO_APPEND) {
      int speech = Math.max(0, event.lengthOfString(JsonKey.AUDIO));
      counters.add(Count.SPEECH_IN, SpeechFormat.microsOf(speech, bytesPerSecond));
    }
    context.toUpstream(event);
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    if (!clientGone) {
      counters.addMessage(api, Sender.UPSTREAM);
      counters.add(Count.UPSTREAM_BYTES, event.length());
    }
    switch (event.type()) {
      case SESSION_CREATED, SESSION_STARTED, SESSION_UPDATED -> readFormat(event);
      case SESSION_OUTPUT_AUDIO_DELTA -> {
        int speech = clientGone ? 0 : Math.max(0, event.lengthOfString(JsonKey.DELTA));
        counters.add(
            Count.SPEECH_OUT,
            SpeechFormat.microsOf(
                speech, api == Api.LIVE ? bytesPerSecond : SpeechFormat.PCM_BYTES_PER_SECOND));
      }
      default -> {}
    }
    context.toClient(event);
  }

  private void readFormat(Event event) {
    if (event.length() <= LARGEST
        && OF_SESSION.from(event).path("session") instanceof ObjectNode session) {
      bytesPerSecond =
          api == Api.LIVE
              ? SpeechFormat.ofLive(session)
              : SpeechFormat.bytesPerSecond(session).orElse(SpeechFormat.PCM_BYTES_PER_SECOND);
    }
  }

  @Override
  public boolean keepsUpstream(InspectorContext context) {
    clientGone = true;
    return false;
  }
}
