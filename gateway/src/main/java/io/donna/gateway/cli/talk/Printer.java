package io.donna.gateway.cli.talk;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Prints a conversation. Confined to one thread. The server's text passes through {@link
 * TerminalText}.
 */
public final class Printer {
  private static final String INDENT = "       ";

  private final PrintWriter out;
  private final List<String> heard = new ArrayList<>();
  private boolean answering;

  public Printer(PrintWriter out) {
    this.out = out;
  }

  public void note(String line) {
    out.println(TerminalText.line(line));
    out.flush();
  }

  void prompt() {
    out.print("you> ");
    out.flush();
  }

  void endLine() {
    out.println();
    out.flush();
  }

  void echo(UserTurn userTurn) {
    note(
        "you> "
            + switch (userTurn) {
              case UserTurn.Written(String text) -> TerminalText.line(text);
              case UserTurn.Spoken(Recording recording, _) -> "(" + recording.name() + ")";
            });
  }

  /** Prints an input transcript, after the answer if one is being printed. */
  void heard(String transcript) {
    heard.add("heard> " + TerminalText.line(transcript).strip());
    if (!answering) {
      showHeard();
    }
  }

  void beginAnswer() {
    answering = true;
    out.print("donna> ");
    out.flush();
  }

  void answer(String part) {
    out.print(TerminalText.plain(part).replace("\n", System.lineSeparator() + INDENT));
    out.flush();
  }

  /** Ends the line of an answer, complete or not, with a remark. */
  void endAnswer(String remark) {
    if (answering) {
      answering = false;
      out.println(remark);
      showHeard();
    }
  }

  void figures(String line) {
    note(INDENT + line);
  }

  private void showHeard() {
    heard.forEach(this::note);
    heard.clear();
  }
}
