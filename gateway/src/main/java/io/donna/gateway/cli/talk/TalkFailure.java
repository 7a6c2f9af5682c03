package io.donna.gateway.cli.talk;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A conversation that failed. The message is a sentence for the user. */
public final class TalkFailure extends IOException {
  private static final long serialVersionUID = 1;

  TalkFailure(String sentence) {
    super(sentence);
  }

  TalkFailure(String sentence, Throwable cause) {
    super(sentence, cause);
  }

  /** A failure to read or write a file; the JDK's own messages are often just the path. */
  static TalkFailure ofFile(Path file, String purpose, IOException fault) {
    String reason =
        switch (fault) {
          case NoSuchFileException _ -> "the file or its directory does not exist";
          case AccessDeniedException _ -> "permission denied";
          default -> String.valueOf(fault.getMessage());
        };
    return new TalkFailure("%s cannot be %s: %s".formatted(file, purpose, reason), fault);
  }
}
