package io.donna.gateway.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Limits each warning of the code to ten lines a second, then logs how many more there were:
 * clients and upstreams can cause warnings at will. Security events have their own limit. Safe from
 * any thread.
 */
final class RepeatedLines extends TurboFilter {
  private static final int LINES_A_SECOND = 10;

  /** Lines of the current second by their format string, of which the code has a fixed number. */
  private final Map<String, AtomicInteger> lines = new ConcurrentHashMap<>();

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] values,
      @Nullable Throwable fault) {
    if (format == null
        || !level.isGreaterOrEqual(Level.WARN)
        || logger.getName().equals(LineLayout.SECURITY)) {
      return FilterReply.NEUTRAL;
    }
    AtomicInteger inSecond =
        lines.computeIfAbsent(
            format,
            text -> {
              Thread.ofVirtual().start(() -> reportSuppressed(logger, level, text));
              return new AtomicInteger();
            });
    return inSecond.incrementAndGet() <= LINES_A_SECOND ? FilterReply.NEUTRAL : FilterReply.DENY;
  }

  private void reportSuppressed(Logger logger, Level level, String text) {
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    AtomicInteger all = lines.remove(text);
    int suppressed = all == null ? 0 : all.get() - LINES_A_SECOND;
    if (suppressed > 0) {
      logger.atLevel(slf4j(level)).log("{} more of these within 1 s: {}", suppressed, text);
    }
  }

  private static org.slf4j.event.Level slf4j(Level level) {
    return level.isGreaterOrEqual(Level.ERROR)
        ? org.slf4j.event.Level.ERROR
        : org.slf4j.event.Level.WARN;
  }
}
