package io.donna.gateway.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import io.donna.gateway.audit.LineOperationsLog;
import io.donna.gateway.audit.LineSecurityLog;
import io.donna.gateway.audit.RateLimitedSecurityLog;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.LogFormat;
import io.donna.gateway.config.Settings;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import org.slf4j.LoggerFactory;

/**
 * The log on standard output. Lines are queued and written by a separate thread: a reader that
 * stops reading costs lines, never a session.
 */
final class Logging {
  private final LoggerContext context;
  private final Redaction redaction;
  private final LineQueue queue;
  private final RateLimitedSecurityLog securityLog;
  private final LineOperationsLog operationsLog;

  private Logging(LoggerContext context, LogFormat format, Redaction redaction, LineQueue queue) {
    this.redaction = redaction;
    this.context = context;
    this.queue = queue;
    Clock clock = Clock.systemUTC();
    this.securityLog = new RateLimitedSecurityLog(new LineSecurityLog(format, clock, queue));
    this.operationsLog = new LineOperationsLog(format, clock, queue);
  }

  /** The configured format, read without validation because the settings may be invalid. */
  static LogFormat formatBeforeSettings() {
    return Environment.ofProcess(Path.of(""))
        .value("LOG_FORMAT")
        .filter(LogFormat.JSON.name()::equalsIgnoreCase)
        .map(json -> LogFormat.JSON)
        .orElse(LogFormat.TEXT);
  }

  /** Sends all log output from now on to standard output. */
  static Logging start(Settings settings) {
    LogFormat format = settings.logFormat();
    Redaction redaction = new Redaction(settings.secrets());
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();

    // Not System.out, which hides that a line could not be written.
    LineQueue queue =
        new LineQueue(
            context, new LineLayout(format, redaction), new FileOutputStream(FileDescriptor.out));
    queue.start();

    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(queue);
    // The cluster says what operators need to know of its connection.
    context.getLogger("io.lettuce").setLevel(Level.ERROR);
    org.slf4j.Logger own = LoggerFactory.getLogger(Logging.class);
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, fault) -> own.error("internal error: thread {} ended", thread.getName(), fault));
    return new Logging(context, format, redaction, queue);
  }

  /** Writes each event, formatted by {@code layout}, to {@code target}, one of logback's two. */
  static ConsoleAppender<ILoggingEvent> console(
      LoggerContext context, Layout<ILoggingEvent> layout, String target) {
    layout.setContext(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setLayout(layout);
    encoder.start();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setTarget(target);
    console.setEncoder(encoder);
    console.start();
    return console;
  }

  /** The redaction of every line; secrets can be added to it. */
  Redaction redaction() {
    return redaction;
  }

  SecurityLog securityLog() {
    return securityLog;
  }

  LineOperationsLog operationsLog() {
    return operationsLog;
  }

  /** The lines lost so far because standard output was not read. Safe from any thread. */
  long linesLost() {
    return queue.lost();
  }

  /** Writes queued lines and counts of suppressed ones, then stops. */
  void stop() {
    securityLog.close();
    context.stop();
  }
}
