package io.donna.gateway.cli.talk;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The source of the user's turns. */
@FunctionalInterface
public interface UserTurnSource {
  /** The next turn; empty at the end. */
  Optional<UserTurn> next() throws IOException;

  static UserTurnSource of(List<UserTurn> userTurns, Printer printer) {
    Iterator<UserTurn> rest = userTurns.iterator();
    return () -> {
      if (!rest.hasNext()) {
        return Optional.empty();
      }
      UserTurn userTurn = rest.next();
      printer.echo(userTurn);
      return Optional.of(userTurn);
    };
  }

  /** Every non-blank line, until the end of input. */
  static UserTurnSource piped(BufferedReader lines) {
    return () -> {
      String line = lines.readLine();
      while (line != null && line.isBlank()) {
        line = lines.readLine();
      }
      return Optional.ofNullable(line).map(UserTurn.Written::new);
    };
  }

  /** Prompted lines; an empty line, {@code /quit} or the end of input ends the conversation. */
  static UserTurnSource typed(BufferedReader lines, Printer printer) {
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
          .map(UserTurn.Written::new);
    };
  }
}
