package io.donna.gateway.cli;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * A queue of lines for a reader that may be slow or gone. Logging never blocks: an event that finds
 * the queue full is lost, and the number of lost lines is logged first when there is room again.
 * Events are queued as finished lines, so that the queue does not retain the objects that an event
 * refers to.
 */
final class LineQueue extends AsyncAppender {
  private static final int LINES = 8_192;

  private final LineLayout layout;
  private final Logger logger;
  private final AtomicLong lost = new AtomicLong();
  private final LongAdder lostInAll = new LongAdder();

  LineQueue(LoggerContext context, LineLayout layout) {
    this.layout = layout;
    setContext(context);
    setQueueSize(LINES);
    setDiscardingThreshold(0);
    setNeverBlock(true);
    this.logger = context.getLogger(LineQueue.class);
  }

  @Override
  protected void append(ILoggingEvent event) {
    // Two slots: one for this line, one for the count of lost lines before it.
    if (getRemainingCapacity() < 2) {
      lost.incrementAndGet();
      lostInAll.increment();
      return;
    }
    long missed = lost.getAndSet(0);
    if (missed > 0) {
      super.append(
          line(event(Level.WARN, missed + " log lines lost: standard output was not read")));
    }
    super.append(line(event));
  }

  /** The number of lines that were lost so far. */
  long lost() {
    return lostInAll.sum();
  }

  private ILoggingEvent line(ILoggingEvent event) {
    return event(event.getLevel(), layout.doLayout(event));
  }

  private ILoggingEvent event(Level level, String message) {
    return new LoggingEvent(LineQueue.class.getName(), logger, level, message, null, null);
  }
}
