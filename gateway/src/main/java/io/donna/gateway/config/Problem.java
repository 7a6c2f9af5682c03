package io.donna.gateway.config;

import java.util.regex.Pattern;

/** An invalid setting and what it must be, on one line. Never contains a secret's value. */
public record Problem(String setting, String text) {
  /** Control and format characters, line and paragraph separators, lone surrogates. */
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]");

  public Problem {
    text = UNPRINTABLE.matcher(text).replaceAll("?");
  }

  @Override
  public String toString() {
    return setting + " " + text;
  }
}
