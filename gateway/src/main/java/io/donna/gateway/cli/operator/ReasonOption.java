package io.donna.gateway.cli.operator;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParameterException;

/** Acts of operators have a reason, which the log keeps. */
final class ReasonOption {
  private ReasonOption() {}

  static String required(OperatorCommand command, @Nullable String reason) {
    if (reason == null || reason.isBlank()) {
      throw new ParameterException(
          command.spec().commandLine(), "Missing required option: '--reason=TEXT'");
    }
    return reason;
  }
}
