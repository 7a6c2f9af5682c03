package io.donna.gateway.calls;

import io.donna.gateway.telemetry.Trigger;
import io.donna.gateway.telemetry.TurnStatus;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * A turn as it stands. Times are in milliseconds since the session began. Immutable.
 *
 * @param number from 1
 * @param speechStart when the user began to speak
 * @param speechEnd when the upstream detected the end of the speech, or the client committed it
 * @param request when the upstream was asked to answer: the end of the speech, or a request
 * @param started when the upstream began to generate
 * @param firstOutput when the first words or audio went to the client
 * @param firstAudio when the first audio went to the client
 * @param end when the upstream had generated all
 * @param audioMs the length of the audio sent so far
 * @param interrupted when the user began to speak while the answer was played
 * @param silent when the interrupted answer had ended
 * @param status empty until the answer has ended
 * @param tools names of the tools called
 * @param usd in US dollars
 */
public record TurnView(
    int number,
    Trigger trigger,
    Optional<Long> speechStart,
    Optional<Long> speechEnd,
    Optional<Long> request,
    Optional<Long> started,
    Optional<Long> firstOutput,
    Optional<Long> firstAudio,
    Optional<Long> end,
    long audioMs,
    Optional<Long> interrupted,
    Optional<Long> silent,
    Optional<TurnStatus> status,
    List<String> tools,
    long inputTokens,
    long outputTokens,
    BigDecimal usd) {
  /** How long the user waited for the first audio, in milliseconds; empty without audio. */
  public Optional<Long> waitMs() {
    return firstAudio.flatMap(heard -> request.map(asked -> heard - asked));
  }
}
