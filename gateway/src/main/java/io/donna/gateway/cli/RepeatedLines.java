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
 * Lets ten warnings a second through of each that the code can give, and then says how many more
 * there were: a client or an upstream may be what causes them. Security events have a limit of
 * their own. Safe from any thread.
 */
final class RepeatedLines extends TurboFilter {
  private static final int LINES_A_SECOND = 10;

  /** Lines of a second by their text before values are put in: as many as the code has. */
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
              Thread.ofVirtual().start(() -> tellLater(logger, level, text));
              return new AtomicInteger();
            });
    return inSecond.incrementAndGet() <= LINES_A_SECOND ? FilterReply.NEUTRAL : FilterReply.DENY;
  }

  private void tellLater(Logger logger, Level level, String text) {
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    AtomicInteger all = lines.remove(text);
    int leftOut = all == null ? 0 : all.get() - LINES_A_SECOND;
    if (leftOut > 0) {
      logger.atLevel(slf4j(level)).log("{} more of these within 1 s: {}", leftOut, text);
    }
  }

  private static org.slf4j.event.Level slf4j(Level level) {
    return level.isGreaterOrEqual(Level.ERROR)
        ? org.slf4j.event.Level.ERROR
        : org.slf4j.event.Level.WARN;
  }
}
