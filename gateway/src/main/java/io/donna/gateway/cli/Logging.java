package io.donna.gateway.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import io.donna.gateway.audit.LineSecurityLog;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.config.LogFormat;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import org.slf4j.LoggerFactory;

/**
 * The log on standard output. Lines are queued and written by a thread of their own: a reader that
 * stops reading costs lines, never a session.
 */
final class Logging {
  private final LoggerContext context;
  private final LogFormat format;

  private Logging(LoggerContext context, LogFormat format) {
    this.context = context;
    this.format = format;
  }

  /** Sends everything that is logged from now on to standard output. */
  static Logging start(LogFormat format) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();

    LayoutBase<ILoggingEvent> asItIs =
        new LayoutBase<>() {
          @Override
          public String doLayout(ILoggingEvent line) {
            return line.getMessage();
          }
        };
    asItIs.setContext(context);
    asItIs.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setLayout(asItIs);
    encoder.start();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setEncoder(encoder);
    console.start();
    LineQueue queue = new LineQueue(context, new LineLayout(format));
    queue.addAppender(console);
    queue.start();

    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(queue);
    return new Logging(context, format);
  }

  SecurityLog securityLog() {
    Logger logger = context.getLogger(LineLayout.SECURITY);
    return new LineSecurityLog(format, Clock.systemUTC(), logger::info);
  }

  /** Writes what is queued, and ends. */
  void stop() {
    context.stop();
  }
}
