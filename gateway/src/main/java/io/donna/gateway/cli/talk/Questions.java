package io.donna.gateway.cli.talk;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The source of the user's turns. */
@FunctionalInterface
public interface Questions {
  /** The next turn; empty at the end. */
  Optional<Question> next() throws IOException;

  static Questions of(List<Question> questions, Printer printer) {
    Iterator<Question> rest = questions.iterator();
    return () -> {
      if (!rest.hasNext()) {
        return Optional.empty();
      }
      Question question = rest.next();
      printer.echo(question);
      return Optional.of(question);
    };
  }

  /** Every non-blank line, until the end of input. */
  static Questions piped(BufferedReader lines) {
    return () -> {
      String line = lines.readLine();
      while (line != null && line.isBlank()) {
        line = lines.readLine();
      }
      return Optional.ofNullable(line).map(Question.Written::new);
    };
  }

  /** Prompted lines; an empty line, {@code /quit} or the end of input ends the conversation. */
  static Questions typed(BufferedReader lines, Printer printer) {
    return () -> {
      printer.prompt();
      String line = lines.readLine();
      if (line == null) {
        // Ctrl-D leaves the cursor behind the prompt.
        printer.endLine();
      }
      return Optional.ofNullable(line)
          .map(String::strip)
          .filter(text -> !text.isEmpty() && !text.equals("/quit"))
          .map(Question.Written::new);
    };
  }
}
