package io.donna.gateway.cli.talk;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * What is shown of a conversation. Confined to one thread. What the server says goes through {@link
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

  void echo(Question question) {
    note(
        "you> "
            + switch (question) {
              case Question.Written(String text) -> TerminalText.line(text);
              case Question.Spoken(Recording recording, _) -> "(" + recording.name() + ")";
            });
  }

  /** What the server heard. It may come in the middle of the answer, and then waits for its end. */
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

  /** Ends the line of an answer, whole or not, with a word on what became of it. */
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
