package io.donna.gateway.event;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The event types of all protocols, of Realtime in its current version and in the beta's. */
public enum EventType {
  // Gateway commands.
  AUTHENTICATE("authenticate"),
  CONNECT_REALTIME("connect_realtime"),

  // Client events.
  SESSION_UPDATE("session.update"),
  INPUT_AUDIO_BUFFER_APPEND("input_audio_buffer.append"),
  INPUT_AUDIO_BUFFER_COMMIT("input_audio_buffer.commit"),
  INPUT_AUDIO_BUFFER_CLEAR("input_audio_buffer.clear"),
  OUTPUT_AUDIO_BUFFER_CLEAR("output_audio_buffer.clear"),
  CONVERSATION_ITEM_CREATE("conversation.item.create"),
  CONVERSATION_ITEM_RETRIEVE("conversation.item.retrieve"),
  CONVERSATION_ITEM_TRUNCATE("conversation.item.truncate"),
  CONVERSATION_ITEM_DELETE("conversation.item.delete"),
  RESPONSE_CREATE("response.create"),
  RESPONSE_CANCEL("response.cancel"),

  // Those of translation.
  SESSION_INPUT_AUDIO_BUFFER_APPEND("session.input_audio_buffer.append"),
  SESSION_CLOSE("session.close"),
  SESSION_INPUT_TRANSCRIPT_DELTA("session.input_transcript.delta"),
  SESSION_OUTPUT_TRANSCRIPT_DELTA("session.output_transcript.delta"),
  SESSION_OUTPUT_AUDIO_DELTA("session.output_audio.delta"),
  SESSION_CLOSED("session.closed"),

  // Those of GPT-Live, which shares translation's.
  SESSION_START("session.start"),
  SESSION_INPUT_AUDIO_APPEND("session.input_audio.append"),
  SESSION_INPUT_AUDIO_MUTE("session.input_audio.mute"),
  SESSION_INPUT_AUDIO_UNMUTE("session.input_audio.unmute"),
  SESSION_OUTPUT_AUDIO_FIXTURE_PLAY("session.output_audio.fixture.play"),
  SESSION_INSTRUCTIONS_APPEND("session.instructions.append"),
  SESSION_THINKING_APPEND("session.thinking.append"),
  SESSION_COMMENTARY_APPEND("session.commentary.append"),
  DECISION_CREATE("decision.create"),
  DECISION_ITEM_CREATE("decision.item.create"),
  DECISION_ITEM_DELETE("decision.item.delete"),
  RESPONSE_ITEM_CREATE("response.item.create"),
  SESSION_STARTED("session.started"),
  SESSION_USAGE_UPDATED("session.usage.updated"),
  RESPONSE_EVENT("response.event"),
  DECISION_EVENT("decision.event"),

  // Server events.
  ERROR("error"),
  SESSION_CREATED("session.created"),
  SESSION_UPDATED("session.updated"),
  CONVERSATION_CREATED("conversation.created"),
  CONVERSATION_ITEM_ADDED("conversation.item.added"),
  CONVERSATION_ITEM_DONE("conversation.item.done"),
  CONVERSATION_ITEM_CREATED("conversation.item.created"),
  CONVERSATION_ITEM_RETRIEVED("conversation.item.retrieved"),
  CONVERSATION_ITEM_TRUNCATED("conversation.item.truncated"),
  CONVERSATION_ITEM_DELETED("conversation.item.deleted"),
  CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA(
      "conversation.item.input_audio_transcription.delta"),
  CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED(
      "conversation.item.input_audio_transcription.completed"),
  CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED(
      "conversation.item.input_audio_transcription.failed"),
  CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_SEGMENT(
      "conversation.item.input_audio_transcription.segment"),
  INPUT_AUDIO_BUFFER_COMMITTED("input_audio_buffer.committed"),
  INPUT_AUDIO_BUFFER_CLEARED("input_audio_buffer.cleared"),
  INPUT_AUDIO_BUFFER_SPEECH_STARTED("input_audio_buffer.speech_started"),
  INPUT_AUDIO_BUFFER_SPEECH_STOPPED("input_audio_buffer.speech_stopped"),
  INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED("input_audio_buffer.timeout_triggered"),
  INPUT_AUDIO_BUFFER_DTMF_EVENT_RECEIVED("input_audio_buffer.dtmf_event_received"),
  OUTPUT_AUDIO_BUFFER_STARTED("output_audio_buffer.started"),
  OUTPUT_AUDIO_BUFFER_STOPPED("output_audio_buffer.stopped"),
  OUTPUT_AUDIO_BUFFER_CLEARED("output_audio_buffer.cleared"),
  RESPONSE_CREATED("response.created"),
  RESPONSE_DONE("response.done"),
  RESPONSE_OUTPUT_ITEM_ADDED("response.output_item.added"),
  RESPONSE_OUTPUT_ITEM_DONE("response.output_item.done"),
  RESPONSE_CONTENT_PART_ADDED("response.content_part.added"),
  RESPONSE_CONTENT_PART_DONE("response.content_part.done"),
  RESPONSE_OUTPUT_TEXT_DELTA("response.output_text.delta"),
  RESPONSE_OUTPUT_TEXT_DONE("response.output_text.done"),
  RESPONSE_OUTPUT_AUDIO_DELTA("response.output_audio.delta"),
  RESPONSE_OUTPUT_AUDIO_DONE("response.output_audio.done"),
  RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DELTA("response.output_audio_transcript.delta"),
  RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DONE("response.output_audio_transcript.done"),
  RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA("response.function_call_arguments.delta"),
  RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE("response.function_call_arguments.done"),
  RESPONSE_MCP_CALL_ARGUMENTS_DELTA("response.mcp_call_arguments.delta"),
  RESPONSE_MCP_CALL_ARGUMENTS_DONE("response.mcp_call_arguments.done"),
  RESPONSE_MCP_CALL_IN_PROGRESS("response.mcp_call.in_progress"),
  RESPONSE_MCP_CALL_COMPLETED("response.mcp_call.completed"),
  RESPONSE_MCP_CALL_FAILED("response.mcp_call.failed"),
  MCP_LIST_TOOLS_IN_PROGRESS("mcp_list_tools.in_progress"),
  MCP_LIST_TOOLS_COMPLETED("mcp_list_tools.completed"),
  MCP_LIST_TOOLS_FAILED("mcp_list_tools.failed"),
  RATE_LIMITS_UPDATED("rate_limits.updated"),

  // Beta events, and those of upstreams that still use it.
  TRANSCRIPTION_SESSION_UPDATE("transcription_session.update"),
  RESPONSE_TEXT_DELTA("response.text.delta"),
  RESPONSE_TEXT_DONE("response.text.done"),
  RESPONSE_AUDIO_DELTA("response.audio.delta"),
  RESPONSE_AUDIO_DONE("response.audio.done"),
  RESPONSE_AUDIO_TRANSCRIPT_DELTA("response.audio_transcript.delta"),
  RESPONSE_AUDIO_TRANSCRIPT_DONE("response.audio_transcript.done"),
  TRANSCRIPTION_SESSION_CREATED("transcription_session.created"),
  TRANSCRIPTION_SESSION_UPDATED("transcription_session.updated"),

  // xAI's events.
  CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_UPDATED(
      "conversation.item.input_audio_transcription.updated"),

  /** Any other type. */
  UNKNOWN("");

  private static final Map<String, EventType> BY_NAME =
      Arrays.stream(values()).collect(Collectors.toMap(type -> type.wire, type -> type));

  /** An open-addressing hash table by {@link #hash}, so that a look-up creates no string. */
  private static final @Nullable EventType[] TABLE = new @Nullable EventType[512];

  static {
    for (EventType type : values()) {
      ShortJsonString string = new ShortJsonString();
      type.wire.chars().forEach(string::append);
      int at = hash(string);
      while (TABLE[at] != null) {
        at = (at + 1) % TABLE.length;
      }
      TABLE[at] = type;
    }
  }

  private final String wire;

  EventType(String wire) {
    this.wire = wire;
  }

  /** The type's name in messages; empty for {@link #UNKNOWN}. */
  public String wireName() {
    return wire;
  }

  /** The type of this name; {@link #UNKNOWN} if the protocol has none. */
  public static EventType named(String name) {
    return BY_NAME.getOrDefault(name, UNKNOWN);
  }

  static EventType named(ShortJsonString string) {
    int at = hash(string);
    for (EventType type = TABLE[at]; type != null; type = TABLE[at]) {
      if (string.is(type.wire)) {
        return type;
      }
      at = (at + 1) % TABLE.length;
    }
    return UNKNOWN;
  }

  private static int hash(ShortJsonString string) {
    int length = Math.min(string.length(), ShortJsonString.LONGEST);
    int hash = length;
    for (int i = 0; i < length; i++) {
      hash = 31 * hash + string.letter(i);
    }
    return hash & 511;
  }
}
