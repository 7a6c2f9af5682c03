package io.donna.gateway.cli;

import io.donna.gateway.cli.talk.TerminalText;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Where commands print, and the only place that does: whatever a line quotes, it is one line, and
 * moves no cursor.
 */
final class Terminal {
  private final PrintWriter out;

  Terminal(PrintWriter out) {
    this.out = out;
  }

  static Terminal out(CommandSpec command) {
    return new Terminal(command.commandLine().getOut());
  }

  static Terminal err(CommandSpec command) {
    return new Terminal(command.commandLine().getErr());
  }

  void line(String text) {
    out.println(TerminalText.line(text));
    out.flush();
  }

  void line() {
    out.println();
    out.flush();
  }
}
