package io.donna.gateway.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.donna.gateway.audit.LineSink;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.event.KeyValuePair;

/**
 * The log's queue for a reader that may be slow or gone. Logging never blocks: a line that finds no
 * room is lost, and the losses are logged by kind when there is room again. Events are queued as
 * finished lines, so that the queue does not retain the objects that an event refers to. Safe from
 * any thread.
 */
final class LineQueue extends UnsynchronizedAppenderBase<ILoggingEvent> implements LineSink {
  /** Room for some 5,000 lines: more than a second of a log under attack. */
  static final long BYTES = 2 << 20;

  /** How long the end of the process waits for the reader. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final LineLayout layout;
  private final Logger logger;
  private final LineBuffer buffer = new LineBuffer(BYTES);
  private final LogRateLimiter repeated = new LogRateLimiter(this::logLeftOut);
  private final LineWriter writer;

  /**
   * A queue that has not started.
   *
   * @param out unbuffered; may block
   */
  LineQueue(LoggerContext context, LineLayout layout, OutputStream out) {
    this.layout = layout;
    this.logger = context.getLogger(LineQueue.class);
    this.writer =
        new LineWriter(buffer, out, losses -> layout.doLayout(lost(losses)).getBytes(UTF_8));
    setContext(context);
  }

  @Override
  public void start() {
    super.start();
    writer.start();
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (repeated.admit(event)) {
      add(event.getLoggerName(), 1, layout.doLayout(event));
    }
  }

  @Override
  public void write(String kind, int events, String line) {
    add(kind, events, layout.finished(line));
  }

  private void add(String kind, int events, String line) {
    buffer.add(kind, events, line.getBytes(UTF_8));
  }

  private void logLeftOut(LogRateLimiter.Source source, int lines) {
    Logger its = logger.getLoggerContext().getLogger(source.logger());
    Object[] values = {lines, source.text()};
    LoggingEvent event =
        new LoggingEvent(
            LineQueue.class.getName(),
            its,
            source.level(),
            "{} more of these within 1 s: {}",
            null,
            values);
    add(source.logger(), lines, layout.doLayout(event));
  }

  private ILoggingEvent lost(LineBuffer.Losses losses) {
    String byKind =
        losses.events().entrySet().stream()
            .map(kind -> kind.getKey() + " " + kind.getValue())
            .collect(Collectors.joining(", "));
    LoggingEvent event =
        new LoggingEvent(
            LineQueue.class.getName(),
            logger,
            Level.WARN,
            losses.lines()
                + " log lines lost: standard output was not read; events in them: "
                + byKind,
            null,
            null);
    event.setKeyValuePairs(
        List.of(
            new KeyValuePair("linesLost", losses.lines()),
            new KeyValuePair("eventsLost", losses.events())));
    return event;
  }

  /** The lines lost so far. */
  long lost() {
    return buffer.lost();
  }

  /** The bytes that wait for the reader. */
  long bytes() {
    return buffer.bytes();
  }

  /** Writes what is queued, if the reader takes it within a second. */
  @Override
  public void stop() {
    super.stop();
    repeated.close();
    try {
      writer.stop(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
