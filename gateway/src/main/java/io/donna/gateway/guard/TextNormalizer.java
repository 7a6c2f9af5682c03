package io.donna.gateway.guard;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UProperty;
import com.ibm.icu.text.Normalizer2;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Brings text to the letters that a reader sees, so that no pattern is evaded by spelling the same
 * word with others: compatibility forms (full width, mathematical), characters that are not shown,
 * and, in a second form, accents, digits of other scripts and lookalikes.
 *
 * <p>Every step takes time in proportion to the text: marks are not put in order before they are
 * counted (UAX #15, 13, Stream-Safe Text Format), and what grows is bounded. An interrupt ends it
 * by a {@link CancellationException}. The first text that is not ASCII waits until Unicode's tables
 * are loaded.
 */
final class TextNormalizer {
  /** In characters, as it is written and at each step. */
  static final int LONGEST_TEXT = 1 << 16;

  /** No language has more on one letter: Unicode's own bound for text that streams. */
  private static final int MOST_NON_STARTERS = 30;

  /** In characters, between two looks whether anybody still waits. */
  private static final int SLICE = 1_024;

  private static final int FIRST_TAG = 0xE_0020;
  private static final int LAST_TAG = 0xE_007E;
  private static final int TAGS = 0xE_0000;

  /** Unicode's tables, once somebody needs them. */
  private static final class Tables {
    static final Normalizer2 NFKC = Normalizer2.getNFKCInstance();
    static final Normalizer2 NFKD = Normalizer2.getNFKDInstance();
    static final Lookalikes LOOKALIKES = new Lookalikes();

    private Tables() {}
  }

  private TextNormalizer() {}

  /** Loads what the first text would wait for. */
  static void load() {
    Tables.LOOKALIKES.of('\u00e9');
  }

  static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  /** In NFKC, without what is not shown. */
  static String plain(String text) throws Unjudgeable {
    String shown = shown(text);
    return isAscii(shown) ? shown : shown(normalized(shown, Tables.NFKC));
  }

  /** Whether a reader sees nothing in it; of tags, a person sees nothing and a model reads them. */
  static boolean isSilent(String text) {
    for (int i = 0, c; i < text.length(); i += Character.charCount(c)) {
      c = text.codePointAt(i);
      if (isTag(c) || (!isWhite(c) && !isIgnorable(c))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Of plain text: without accents, in ASCII where it looks like it, one space for any white space
   * between two words.
   *
   * @param stroke what is read for a character that looks like a small L as well as a capital I
   */
  static String folded(String plain, String stroke) throws Unjudgeable {
    String apart = isAscii(plain) ? plain : normalized(plain, Tables.NFKD);
    boolean ascii = isAscii(apart);
    StringBuilder folded = new StringBuilder(apart.length());
    boolean space = false;
    for (int i = 0, c; i < apart.length(); i += Character.charCount(c)) {
      c = apart.codePointAt(i);
      if (i % SLICE == 0) {
        checkInterrupt();
      }
      boolean spaceBefore = space;
      space = isWhite(c);
      if (space) {
        if (!spaceBefore) {
          folded.append(' ');
        }
      } else if (ascii) {
        folded.append((char) c);
      } else if (!isMark(c)) {
        folded.append(folded(c, stroke));
      }
    }
    checkLength(folded);
    String result = folded.toString();
    return result.equals(plain) ? plain : result;
  }

  /** As it looks itself: a capital may look like another letter than its small one does. */
  private static String folded(int c, String stroke) {
    int small = Character.toLowerCase(c);
    if (small < 0x80) {
      return Character.toString(small);
    }
    String looksLike = Tables.LOOKALIKES.of(c);
    if (small != c && !isAscii(looksLike)) {
      looksLike = Tables.LOOKALIKES.of(small);
    }
    return looksLike.equals(Lookalikes.STROKE) ? stroke : looksLike;
  }

  private static boolean isWhite(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c);
  }

  private static boolean isMark(int c) {
    int type = Character.getType(c);
    return type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK;
  }

  /** Whether there are characters that only spell ASCII, and show nothing. */
  static boolean hasTags(String text) {
    // All tags have this high surrogate.
    return text.indexOf(Character.highSurrogate(FIRST_TAG)) >= 0
        && text.codePoints().anyMatch(TextNormalizer::isTag);
  }

  private static boolean isTag(int c) {
    return c >= FIRST_TAG && c <= LAST_TAG;
  }

  /**
   * With tags as the ASCII that they spell, which models read.
   *
   * @param alone whether the rest is left out
   */
  static String withTagsSpelt(String text, boolean alone) {
    StringBuilder spelt = new StringBuilder();
    text.codePoints()
        .filter(c -> !alone || isTag(c))
        .forEach(c -> spelt.appendCodePoint(isTag(c) ? c - TAGS : c));
    return spelt.toString();
  }

  private static String normalized(String text, Normalizer2 form) throws Unjudgeable {
    checkMarks(text);
    StringBuilder normal = new StringBuilder(text.length());
    for (int from = 0; from < text.length(); ) {
      checkInterrupt();
      int to = boundary(text, from + SLICE, form);
      normal.append(form.normalize(text.substring(from, to)));
      checkLength(normal);
      from = to;
    }
    return normal.toString();
  }

  /** From {@code from} on, the first place where what is before and behind can be taken apart. */
  private static int boundary(String text, int from, Normalizer2 form) {
    int at = from;
    while (at < text.length()
        && (Character.isLowSurrogate(text.charAt(at))
            || !form.hasBoundaryBefore(text.codePointAt(at)))) {
      at++;
    }
    return Math.min(at, text.length());
  }

  /** To put marks in their order takes the square of their number. */
  private static void checkMarks(String text) throws Unjudgeable {
    int marks = 0;
    for (int i = 0, c; i < text.length(); i += Character.charCount(c)) {
      c = text.codePointAt(i);
      if (c < 0x300) {
        marks = 0;
        continue;
      }
      String decomposed = Tables.NFKD.getDecomposition(c);
      marks = marks(marks, c, decomposed);
      if (i % SLICE == 0) {
        checkInterrupt();
      }
    }
  }

  /** How many non-starters in a row the text ends with, once it has {@code c} behind them. */
  private static int marks(int before, int c, @Nullable String decomposed) throws Unjudgeable {
    int marks = before;
    int length = decomposed == null ? 1 : decomposed.length();
    for (int i = 0, one; i < length; i += decomposed == null ? 1 : Character.charCount(one)) {
      one = decomposed == null ? c : decomposed.codePointAt(i);
      marks = UCharacter.getCombiningClass(one) == 0 ? 0 : marks + 1;
      if (marks > MOST_NON_STARTERS) {
        throw new Unjudgeable("too many marks on a letter");
      }
    }
    return marks;
  }

  private static void checkLength(CharSequence text) throws Unjudgeable {
    if (text.length() > LONGEST_TEXT) {
      throw new Unjudgeable("too long");
    }
  }

  static void checkInterrupt() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException();
    }
  }

  private static String shown(String text) {
    int first = 0;
    while (first < text.length() && text.charAt(first) < 0x80 && !isIgnorable(text.charAt(first))) {
      first++;
    }
    if (first == text.length()) {
      return text;
    }
    StringBuilder shown = new StringBuilder(text.length()).append(text, 0, first);
    for (int i = first, c; i < text.length(); i += Character.charCount(c)) {
      c = text.codePointAt(i);
      if (!isIgnorable(c)) {
        shown.appendCodePoint(c);
      }
    }
    return shown.length() == text.length() ? text : shown.toString();
  }

  private static boolean isIgnorable(int c) {
    if (c < 0xA0) {
      return (c < '\t' || c > '\r') && Character.getType(c) == Character.CONTROL;
    }
    return Character.getType(c) == Character.FORMAT
        || UCharacter.hasBinaryProperty(c, UProperty.DEFAULT_IGNORABLE_CODE_POINT);
  }
}
