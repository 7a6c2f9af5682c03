package io.donna.gateway.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.donna.gateway.audit.UniqueLine;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Marker;

/**
 * Limits each warning of the code to ten lines a second, then reports how many more there were:
 * clients and upstreams can cause warnings at will. Lines with {@link UniqueLine#MARKER} are not
 * limited. It judges events as they reach the log, however they were logged. Memory is bounded:
 * beyond {@value #MOST_TEXTS} texts in a second, all others share one limit. Safe from any thread.
 */
final class LogRateLimiter {
  static final int LINES_A_SECOND = 10;
  static final int MOST_TEXTS = 256;

  /** Receives the number of lines that were left out after {@code last}. */
  @FunctionalInterface
  interface Report {
    void leftOut(Source source, int lines);
  }

  /**
   * What is limited together.
   *
   * @param text before values are filled in, so the code has a fixed number of them
   */
  record Source(String logger, Level level, String text) {}

  private static final Source OTHERS =
      new Source(LogRateLimiter.class.getName(), Level.WARN, "other lines");

  private final Report report;

  /** Lines of the current second. */
  private final Map<Source, Integer> lines = new ConcurrentHashMap<>();

  LogRateLimiter(Report report) {
    this.report = report;
  }

  /** Counts a line; whether to write it. */
  boolean admit(ILoggingEvent event) {
    if (!event.getLevel().isGreaterOrEqual(Level.WARN)) {
      return true; // operators cause these
    }
    List<Marker> markers = event.getMarkerList();
    if (markers != null && markers.contains(UniqueLine.MARKER)) {
      return true;
    }
    Source own =
        new Source(event.getLoggerName(), event.getLevel(), String.valueOf(event.getMessage()));
    Source source = lines.size() < MOST_TEXTS || lines.containsKey(own) ? own : OTHERS;
    int inSecond = lines.merge(source, 1, Integer::sum);
    if (inSecond == 1) {
      Thread.ofVirtual().start(() -> endSecond(source));
    }
    return inSecond <= LINES_A_SECOND;
  }

  private void endSecond(Source source) {
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    end(source);
  }

  private void end(Source source) {
    Integer all = lines.remove(source);
    if (all != null && all > LINES_A_SECOND) {
      report.leftOut(source, all - LINES_A_SECOND);
    }
  }

  /** Reports the lines left out so far. */
  void close() {
    lines.keySet().forEach(this::end);
  }
}
