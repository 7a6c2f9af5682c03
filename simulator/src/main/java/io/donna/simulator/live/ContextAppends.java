package io.donna.simulator.live;

import io.donna.simulator.protocol.ProtocolError;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The instructions, thinking and commentary that a client appends. Each is acknowledged on the
 * timeline, so never without input. Confined to the session's event loop.
 */
final class ContextAppends {
  private static final int MOST_TOKENS = 500;

  /** Recorded: an append enters the timeline 600 ms to 800 ms later, on the grid of transcripts. */
  private static final long DELAY_MILLIS = 600;

  private static final long GRID_MILLIS = 200;

  private final LiveEvents events;
  private final Timeline timeline;
  private final UsageReports usage;
  private int pending;

  ContextAppends(LiveEvents events, Timeline timeline, UsageReports usage) {
    this.events = events;
    this.timeline = timeline;
    this.usage = usage;
  }

  /** Whether some have yet to be acknowledged. */
  boolean pending() {
    return pending > 0;
  }

  /**
   * Takes an append.
   *
   * @param kind `instructions`, `thinking` or `commentary`
   * @param onAppended receives the content when it has entered the session
   */
  Optional<ProtocolError> add(
      String kind, String content, @Nullable String eventId, Consumer<String> onAppended) {
    if (LiveTokens.ofText(content) > MOST_TOKENS) {
      return Optional.of(
          ProtocolError.invalidRequest(
              "invalid_value",
              "Context append text must not exceed " + MOST_TOKENS + " tokens.",
              "content"));
    }
    pending++;
    long start = (timeline.millis() + DELAY_MILLIS) / GRID_MILLIS * GRID_MILLIS;
    long end = start + GRID_MILLIS;
    timeline.at(
        end,
        () -> {
          pending--;
          usage.read(content);
          events.sendTimed("session." + kind + ".appended", start, end, eventId, event -> {});
          onAppended.accept(content);
        });
    return Optional.empty();
  }
}
