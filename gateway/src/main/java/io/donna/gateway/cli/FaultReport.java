package io.donna.gateway.cli;

import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.LogFormat;
import java.io.IOException;
import java.io.PrintWriter;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import picocli.CommandLine.ExitCode;

/** Reports why a command failed: the reason, with a stack trace only for internal errors. */
final class FaultReport {
  private FaultReport() {}

  /**
   * Logs the fault in the configured format if that is JSON, for log collectors; else prints it to
   * standard error.
   */
  static int log(Exception fault, PrintWriter err) {
    if (Logging.formatBeforeSettings() == LogFormat.TEXT) {
      return say(fault, err);
    }
    LoggingEventBuilder line = LoggerFactory.getLogger(FaultReport.class).atError();
    switch (fault) {
      case InvalidSettings invalid -> {
        line.addKeyValue("problems", invalid.problems())
            .log("Donna cannot start: invalid settings");
        return InvalidSettings.EXIT_STATUS;
      }
      case IOException outside -> line.log("Donna cannot start: {}", outside.getMessage());
      default -> line.setCause(fault).log("internal error");
    }
    return ExitCode.SOFTWARE;
  }

  /** Prints the fault and returns its exit status. */
  static int say(Exception fault, PrintWriter err) {
    return switch (fault) {
      case InvalidSettings invalid -> {
        Terminal lines = new Terminal(err);
        String.valueOf(invalid.getMessage()).lines().forEach(lines::line);
        yield InvalidSettings.EXIT_STATUS;
      }
      case IOException outside -> {
        new Terminal(err).line("donna: " + outside.getMessage());
        yield ExitCode.SOFTWARE;
      }
      default -> {
        LoggerFactory.getLogger(FaultReport.class).error("internal error", fault);
        yield ExitCode.SOFTWARE;
      }
    };
  }
}
