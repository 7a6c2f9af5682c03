package io.donna.gateway.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.donna.gateway.audit.Redaction;
import java.util.List;

/**
 * Logging until a command has read its settings, and of commands that read none: warnings go to
 * standard error, which carries no command's result. Logback loads it as a service when the first
 * logger is requested, in place of its default of logging everything to standard output.
 */
public final class LoggingBeforeSettings extends ContextAwareBase implements Configurator {
  /** The configuration that tests use instead. */
  private static final String FILE_OF_TESTS = "/logback-test.xml";

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (LoggingBeforeSettings.class.getResource(FILE_OF_TESTS) != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    LineLayout layout = new LineLayout(Logging.formatBeforeSettings(), new Redaction(List.of()));
    var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(Logging.console(context, layout, "System.err"));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
