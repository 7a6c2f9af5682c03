package io.donna.gateway.cli;

import io.donna.gateway.cli.talk.TerminalText;
import java.io.PrintWriter;
import java.nio.file.Path;
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

  /** As a shell takes it for one word, whatever is in it. */
  static String quoted(Path file) {
    String text = file.toString();
    return text.matches("[A-Za-z0-9_./+:@%-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
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
