package io.donna.gateway.cli;

import io.donna.gateway.config.InvalidSettings;
import java.io.IOException;
import java.io.PrintWriter;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ExitCode;

/**
 * What a command says when it cannot go on: the reason, never a stack trace for what is expected.
 */
final class FaultReport {
  private FaultReport() {}

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
        LoggerFactory.getLogger(FaultReport.class).error("a fault of ours", fault);
        yield ExitCode.SOFTWARE;
      }
    };
  }
}
