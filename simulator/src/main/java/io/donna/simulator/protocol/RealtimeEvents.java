package io.donna.simulator.protocol;

import java.util.List;

/** What the sessions of the Realtime API have in common. */
public final class RealtimeEvents {
  /** The event types of the WebSocket transport, in the order in which the API lists them. */
  public static final List<String> CLIENT_TYPES =
      List.of(
          "session.update",
          "session.close",
          "session.input_audio_buffer.append",
          "input_audio_buffer.append",
          "input_audio_buffer.commit",
          "input_audio_buffer.clear",
          "conversation.item.create",
          "conversation.item.retrieve",
          "conversation.item.truncate",
          "conversation.item.delete",
          "response.create",
          "response.cancel");

  /** The answer to a binary message. */
  public static final ProtocolError BINARY =
      ProtocolError.invalidRequest(
          "invalid_event", "Expected a text WebSocket message; binary frames are not supported.");

  private RealtimeEvents() {}
}
