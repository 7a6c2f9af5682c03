package io.donna.gateway.dialect;

import io.donna.gateway.event.EventType;
import java.util.EnumMap;
import java.util.Map;

/** Server events that differ between beta and GA only in name. */
final class EventNames {
  /** Beta types by GA type. */
  static final Map<EventType, EventType> TO_BETA =
      new EnumMap<>(
          Map.of(
              EventType.RESPONSE_OUTPUT_TEXT_DELTA, EventType.RESPONSE_TEXT_DELTA,
              EventType.RESPONSE_OUTPUT_TEXT_DONE, EventType.RESPONSE_TEXT_DONE,
              EventType.RESPONSE_OUTPUT_AUDIO_DELTA, EventType.RESPONSE_AUDIO_DELTA,
              EventType.RESPONSE_OUTPUT_AUDIO_DONE, EventType.RESPONSE_AUDIO_DONE,
              EventType.RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DELTA,
                  EventType.RESPONSE_AUDIO_TRANSCRIPT_DELTA,
              EventType.RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DONE,
                  EventType.RESPONSE_AUDIO_TRANSCRIPT_DONE));

  /** GA types by beta type. */
  static final Map<EventType, EventType> TO_GA = new EnumMap<>(EventType.class);

  static {
    TO_BETA.forEach((ga, beta) -> TO_GA.put(beta, ga));
  }

  private EventNames() {}
}
