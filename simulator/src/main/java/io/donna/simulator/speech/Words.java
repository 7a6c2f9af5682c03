package io.donna.simulator.speech;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Splits text into words and punctuation marks. */
public final class Words {
  private static final Pattern WORD = Pattern.compile("\\s*(?:[\\p{L}\\p{M}\\p{N}'’]+|\\S)");

  private Words() {}

  /**
   * The words and marks, each with its leading white space. Joined, they equal the text without its
   * trailing white space.
   */
  public static List<String> of(String text) {
    return pieces(WORD, text);
  }

  /** The matches of the pattern, in order. */
  public static List<String> pieces(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(MatchResult::group).toList();
  }
}
