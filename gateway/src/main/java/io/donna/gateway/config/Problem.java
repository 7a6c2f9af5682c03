package io.donna.gateway.config;

import java.util.regex.Pattern;

/** What is wrong with one setting, and what it takes, on one line. Never holds a secret's value. */
public record Problem(String setting, String text) {
  /** Control and format characters, line and paragraph separators, halves of characters. */
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
