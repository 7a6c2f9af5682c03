package io.donna.gateway.calls;

import io.donna.gateway.telemetry.Trigger;
import io.donna.gateway.telemetry.TurnStatus;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A turn of the conversation: what the user said or typed, and the assistant's answer. Times are
 * nanoseconds of the event loop's clock. Confined to the session's event loop.
 */
final class Turn {
  /** Names of tools kept for a turn; further calls are not named. */
  private static final int MOST_TOOLS = 4;

  static final long NEVER = Long.MIN_VALUE;

  final int number;
  Trigger trigger;
  long speechStart = NEVER;
  long speechEnd = NEVER;
  long request = NEVER;
  long started = NEVER;
  long firstOutput = NEVER;
  long firstAudio = NEVER;
  long end = NEVER;
  long interrupted = NEVER;
  long silent = NEVER;
  long audioMicros;
  @Nullable TurnStatus status;

  /** The upstream's ID of the answer; empty until it is generated, or if there is none. */
  String responseId = "";

  long inputTokens;
  long outputTokens;
  BigDecimal usd = BigDecimal.ZERO;

  private List<String> tools = List.of();

  Turn(int number, Trigger trigger) {
    this.number = number;
    this.trigger = trigger;
  }

  boolean isAnswering() {
    return started != NEVER && end == NEVER;
  }

  /** Whether the client, playing at the speed of speech, still plays the answer. */
  boolean isPlaying(long now) {
    return firstAudio != NEVER && silent == NEVER && now - firstAudio < audioMicros * 1_000;
  }

  void called(String tool) {
    if (tools.isEmpty()) {
      tools = new ArrayList<>(1);
    }
    if (tools.size() < MOST_TOOLS) {
      tools.add(tool);
    }
  }

  /** The turn as it stands, with times since {@code begin}. */
  TurnView view(long begin) {
    return new TurnView(
        number,
        trigger,
        since(begin, speechStart),
        since(begin, speechEnd),
        since(begin, request),
        since(begin, started),
        since(begin, firstOutput),
        since(begin, firstAudio),
        since(begin, end),
        audioMicros / 1_000,
        since(begin, interrupted),
        since(begin, silent),
        Optional.ofNullable(status),
        List.copyOf(tools),
        inputTokens,
        outputTokens,
        usd);
  }

  private static Optional<Long> since(long begin, long time) {
    return time == NEVER ? Optional.empty() : Optional.of((time - begin) / 1_000_000);
  }
}
