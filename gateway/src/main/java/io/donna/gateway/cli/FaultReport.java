package io.donna.gateway.cli;

import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.LogFormat;
import java.io.IOException;
import java.io.PrintWriter;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import picocli.CommandLine.ExitCode;

/**
 * What a command says when it cannot go on: the reason, never a stack trace for what is expected.
 */
final class FaultReport {
  private FaultReport() {}

  /**
   * Logs it as the log is wanted, for who collects that; where there is none yet, on standard
   * error.
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

  /** Says it, and returns the exit status that belongs to it. */
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
