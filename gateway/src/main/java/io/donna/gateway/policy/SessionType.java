package io.donna.gateway.policy;

import io.donna.gateway.config.Api;
import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.event.EventType;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The types of sessions that share Realtime's events: which of these a client may send, and which
 * fields of {@code session.update} exist. A session keeps its type.
 */
@SuppressWarnings("ImmutableEnumChecker") // all sets are by Set.of and Set.copyOf
enum SessionType {
  REALTIME(
      EnumSet.of(
          EventType.SESSION_UPDATE,
          EventType.INPUT_AUDIO_BUFFER_APPEND,
          EventType.INPUT_AUDIO_BUFFER_COMMIT,
          EventType.INPUT_AUDIO_BUFFER_CLEAR,
          EventType.OUTPUT_AUDIO_BUFFER_CLEAR,
          EventType.CONVERSATION_ITEM_CREATE,
          EventType.CONVERSATION_ITEM_RETRIEVE,
          EventType.CONVERSATION_ITEM_TRUNCATE,
          EventType.CONVERSATION_ITEM_DELETE,
          EventType.RESPONSE_CREATE,
          EventType.RESPONSE_CANCEL),
      EnumSet.allOf(SessionField.class),
      Set.of("type", "model")),
  /** It has items and no responses. Its model is that of the transcription. */
  TRANSCRIPTION(
      EnumSet.of(
          EventType.SESSION_UPDATE,
          EventType.INPUT_AUDIO_BUFFER_APPEND,
          EventType.INPUT_AUDIO_BUFFER_COMMIT,
          EventType.INPUT_AUDIO_BUFFER_CLEAR),
      EnumSet.of(
          SessionField.INCLUDE,
          SessionField.INPUT_FORMAT,
          SessionField.TRANSCRIPTION,
          SessionField.NOISE_REDUCTION,
          SessionField.TURN_DETECTION),
      Set.of("type"));

  private final Set<EventType> clientEvents;
  private final Set<SessionField> fields;

  /** The names at the top of {@code session}. */
  private final Set<String> names;

  SessionType(Set<EventType> clientEvents, Set<SessionField> fields, Set<String> others) {
    this.clientEvents = clientEvents;
    this.fields = fields;
    Set<String> all = new HashSet<>(others);
    all.addAll(namesBelow(fields, ""));
    this.names = Set.copyOf(all);
  }

  /** The type of an API's sessions; empty if its events are others. */
  static Optional<SessionType> of(Api api) {
    return switch (api) {
      case REALTIME -> Optional.of(REALTIME);
      case TRANSCRIPTION -> Optional.of(TRANSCRIPTION);
      case TRANSLATION, LIVE -> Optional.empty();
    };
  }

  /** Its name in {@code session.type}. */
  String wireName() {
    return switch (this) {
      case REALTIME -> "realtime";
      case TRANSCRIPTION -> "transcription";
    };
  }

  /** Whether its turns are answered. */
  boolean hasResponses() {
    return this == REALTIME;
  }

  /** The events that a client may send. */
  Set<EventType> clientEvents() {
    return clientEvents;
  }

  boolean has(String field) {
    return fields.stream().anyMatch(known -> known.path().equals(field));
  }

  Set<String> names() {
    return names;
  }

  /** The next name in each field's path after {@code prefix}; empty if no field begins so. */
  Set<String> namesBelow(String prefix) {
    return namesBelow(fields, prefix);
  }

  private static Set<String> namesBelow(Set<SessionField> fields, String prefix) {
    return fields.stream()
        .map(SessionField::path)
        .filter(path -> path.startsWith(prefix))
        .map(path -> path.substring(prefix.length()).replaceFirst("\\..*", ""))
        .collect(Collectors.toSet());
  }
}
