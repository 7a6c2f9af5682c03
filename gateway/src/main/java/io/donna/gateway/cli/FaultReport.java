package io.donna.gateway.cli;

import io.donna.gateway.config.InvalidSettings;
import java.io.IOException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * What a command says when it cannot go on: the reason, never a stack trace for what is expected.
 */
final class FaultReport implements IExecutionExceptionHandler {
  @Override
  public int handleExecutionException(
      Exception fault, CommandLine commandLine, ParseResult parsed) {
    return switch (fault) {
      case InvalidSettings invalid -> {
        commandLine.getErr().println(invalid.getMessage());
        yield InvalidSettings.EXIT_STATUS;
      }
      case IOException outside -> {
        commandLine.getErr().println("donna: " + outside.getMessage());
        yield ExitCode.SOFTWARE;
      }
      default -> {
        LoggerFactory.getLogger(FaultReport.class).error("a fault of ours", fault);
        yield ExitCode.SOFTWARE;
      }
    };
  }
}
