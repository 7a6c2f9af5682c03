package io.donna.simulator.live;

import io.donna.simulator.protocol.SessionFault;
import tools.jackson.databind.node.ObjectNode;

/**
 * The seconds of the session, cumulative, and how full the model's context is. Confined to the
 * session's event loop.
 */
final class UsageReports {
  private static final long INTERVAL_MILLIS = 15_000;
  private static final long LATENESS_MILLIS = 10_000;
  private static final int CONTEXT_TOKENS = 128_000;
  private static final int INPUT_TOKENS_PER_SECOND = 10;

  private final LiveEvents events;
  private final Timeline timeline;
  private int textTokens;

  UsageReports(LiveEvents events, Timeline timeline, String instructions) {
    this.events = events;
    this.timeline = timeline;
    this.textTokens = LiveTokens.ofText(instructions);
  }

  /** Counts text that has entered the context. */
  void read(String text) {
    textTokens += LiveTokens.ofText(text);
  }

  /** Reports every 15 seconds of the timeline. */
  void passed(long millis) {
    if (millis % INTERVAL_MILLIS == 0) {
      if (events.has(SessionFault.LATE_USAGE)) {
        timeline.after(LATENESS_MILLIS, () -> report(millis / 1_000));
      } else {
        report(millis / 1_000);
      }
    }
  }

  /** Reports the last figure: begun seconds count. */
  void reportLast() {
    report(seconds());
  }

  /** Adds the final figure, a decimal in the recordings, to `session.closed`. */
  void addTo(ObjectNode closed) {
    if (!events.has(SessionFault.NO_USAGE)) {
      closed.putObject("usage").put("seconds", (double) seconds());
    }
  }

  private long seconds() {
    return Math.ceilDiv(timeline.millis(), 1_000L);
  }

  private void report(long seconds) {
    if (events.has(SessionFault.NO_USAGE)) {
      return;
    }
    events.sendIdLast(
        "session.usage.updated",
        null,
        event -> {
          ObjectNode usage = event.putObject("usage");
          if (events.has(SessionFault.DECIMAL_USAGE)) {
            usage.put("seconds", (double) seconds);
          } else {
            usage.put("seconds", seconds);
          }
          if (!events.has(SessionFault.NO_CONTEXT_WINDOW)) {
            event.putObject("context_window").put("usage_ratio", ratio());
          }
        });
  }

  private double ratio() {
    double tokens = textTokens + INPUT_TOKENS_PER_SECOND * timeline.millis() / 1_000.0;
    return Math.min(0.9, tokens / CONTEXT_TOKENS);
  }
}
