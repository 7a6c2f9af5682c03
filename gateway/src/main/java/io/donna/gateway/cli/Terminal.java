package io.donna.gateway.cli;

import io.donna.gateway.cli.talk.TerminalText;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The only place where commands print. Each line is sanitised: quoted text cannot break the line or
 * move the cursor.
 */
public final class Terminal {
  private final PrintWriter out;

  Terminal(PrintWriter out) {
    this.out = out;
  }

  public static Terminal out(CommandSpec command) {
    return new Terminal(command.commandLine().getOut());
  }

  static Terminal err(CommandSpec command) {
    return new Terminal(command.commandLine().getErr());
  }

  /** The path quoted as one shell word. */
  static String quoted(Path file) {
    String text = file.toString();
    return text.matches("[A-Za-z0-9_./+:@%-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  public void line(String text) {
    out.println(TerminalText.line(text));
    out.flush();
  }

  /** Clears the screen, for what is redrawn. */
  public void clear() {
    out.print("\u001b[H\u001b[2J");
    out.flush();
  }

  /** Whether a person reads what is printed and types what is read. */
  public static boolean isInteractive() {
    return isTerminal(System.console());
  }

  private static boolean isTerminal(@Nullable Console console) {
    return console != null && console.isTerminal();
  }

  public void line() {
    out.println();
    out.flush();
  }
}
