package io.donna.gateway.cli;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lines on their way to a reader who may be slow or gone. Nobody who logs waits: what finds the
 * queue full is lost, and how much that was is the first thing said when there is room again.
 * Events wait as the lines that they become, so that what an event holds on to does not wait with
 * it.
 */
final class LineQueue extends AsyncAppender {
  private static final int LINES = 8_192;

  private final LineLayout layout;
  private final Logger logger;
  private final AtomicLong lost = new AtomicLong();

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
    // Two places: one for the line, one for what may be to be said before it.
    if (getRemainingCapacity() < 2) {
      lost.incrementAndGet();
      return;
    }
    long missed = lost.getAndSet(0);
    if (missed > 0) {
      super.append(
          line(event(Level.WARN, missed + " log lines lost: standard output was not read")));
    }
    super.append(line(event));
  }

  private ILoggingEvent line(ILoggingEvent event) {
    return event(event.getLevel(), layout.doLayout(event));
  }

  private ILoggingEvent event(Level level, String message) {
    return new LoggingEvent(LineQueue.class.getName(), logger, level, message, null, null);
  }
}
