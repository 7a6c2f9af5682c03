package io.donna.gateway.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import io.donna.gateway.audit.LineSecurityLog;
import io.donna.gateway.audit.RateLimitedSecurityLog;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.LogFormat;
import io.donna.gateway.config.Settings;
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
  private final RateLimitedSecurityLog securityLog;
  private final LineQueue queue;

  private Logging(LoggerContext context, LogFormat format, Redaction redaction, LineQueue queue) {
    this.redaction = redaction;
    this.queue = queue;
    this.context = context;
    Logger logger = context.getLogger(LineLayout.SECURITY);
    this.securityLog =
        new RateLimitedSecurityLog(new LineSecurityLog(format, Clock.systemUTC(), logger::info));
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

    LayoutBase<ILoggingEvent> asItIs =
        new LayoutBase<>() {
          @Override
          public String doLayout(ILoggingEvent line) {
            return line.getMessage();
          }
        };
    LineQueue queue = new LineQueue(context, new LineLayout(format, redaction));
    queue.addAppender(console(context, asItIs, "System.out"));
    queue.start();

    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(queue);
    RepeatedLines repeated = new RepeatedLines();
    repeated.setContext(context);
    repeated.start();
    context.addTurboFilter(repeated);
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

  /** The number of lines so far that were lost, as nobody read them. */
  long linesLost() {
    return queue.lost();
  }

  SecurityLog securityLog() {
    return securityLog;
  }

  /** Writes queued lines and counts of suppressed ones, then stops. */
  void stop() {
    securityLog.close();
    context.stop();
  }
}
