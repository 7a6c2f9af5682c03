package io.donna.gateway.guard;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UProperty;
import com.ibm.icu.text.Normalizer2;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Normalizes text to the letters that a reader sees, so that a pattern cannot be evaded by spelling
 * a word in other characters. Replaces compatibility forms (full width, mathematical) and removes
 * invisible characters; the folded form also removes accents and replaces digits of other scripts
 * and lookalikes.
 *
 * <p>Every step takes linear time: combining marks are counted before they are put in order (UAX
 * #15, 13, Stream-Safe Text Format), and expansion is bounded. An interrupt ends it with a {@link
 * CancellationException}. The first text that is not ASCII waits while Unicode's tables load.
 */
final class TextNormalizer {
  /** In characters, of the original text and after each step. */
  static final int LONGEST_TEXT = 1 << 16;

  /**
   * Combining marks on one letter: the bound of Unicode's own Stream-Safe Text Format; no language
   * has more.
   */
  private static final int MAX_NON_STARTERS = 30;

  /** Characters between two checks for an interrupt. */
  private static final int SLICE = 1_024;

  private static final int FIRST_TAG = 0xE_0020;
  private static final int LAST_TAG = 0xE_007E;
  private static final int TAGS = 0xE_0000;

  /** Unicode's tables, loaded on first use. */
  private static final class Tables {
    static final Normalizer2 NFKC = Normalizer2.getNFKCInstance();
    static final Normalizer2 NFKD = Normalizer2.getNFKDInstance();
    static final Lookalikes LOOKALIKES = new Lookalikes();

    private Tables() {}
  }

  private TextNormalizer() {}

  /** Loads the tables that the first text would wait for. */
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

  /** The text in NFKC, without invisible characters. */
  static String plain(String text) throws UnjudgeableTextException {
    String shown = shown(text);
    return isAscii(shown) ? shown : shown(normalized(shown, Tables.NFKC));
  }

  /**
   * Whether the text is only white space and invisible characters. Tag characters do not count as
   * such: people do not see them, but models read them.
   */
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
   * Folds plain text: without accents, in ASCII where it looks like ASCII, with runs of white space
   * as one space.
   *
   * @param stroke the replacement for characters that look like a small L as well as a capital I
   */
  static String folded(String plain, String stroke) throws UnjudgeableTextException {
    String decomposed = isAscii(plain) ? plain : normalized(plain, Tables.NFKD);
    boolean ascii = isAscii(decomposed);
    StringBuilder folded = new StringBuilder(decomposed.length());
    boolean space = false;
    for (int i = 0, c; i < decomposed.length(); i += Character.charCount(c)) {
      c = decomposed.codePointAt(i);
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

  /**
   * Tries the character itself before its small letter: a capital may look like another letter than
   * its small one.
   */
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

  /** Whether there are tag characters, which spell ASCII invisibly. */
  static boolean hasTags(String text) {
    // All tag characters have this high surrogate.
    return text.indexOf(Character.highSurrogate(FIRST_TAG)) >= 0
        && text.codePoints().anyMatch(TextNormalizer::isTag);
  }

  private static boolean isTag(int c) {
    return c >= FIRST_TAG && c <= LAST_TAG;
  }

  /**
   * The text with tag characters as the ASCII that they spell, as models read them.
   *
   * @param alone whether all other characters are left out
   */
  static String withTagsSpelt(String text, boolean alone) {
    StringBuilder spelt = new StringBuilder();
    text.codePoints()
        .filter(c -> !alone || isTag(c))
        .forEach(c -> spelt.appendCodePoint(isTag(c) ? c - TAGS : c));
    return spelt.toString();
  }

  private static String normalized(String text, Normalizer2 form) throws UnjudgeableTextException {
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

  /** The first index from {@code from} on at which the text can be split for normalization. */
  private static int boundary(String text, int from, Normalizer2 form) {
    int at = from;
    while (at < text.length()
        && (Character.isLowSurrogate(text.charAt(at))
            || !form.hasBoundaryBefore(text.codePointAt(at)))) {
      at++;
    }
    return Math.min(at, text.length());
  }

  /** Refuses too many marks on one letter: ordering them takes quadratic time. */
  private static void checkMarks(String text) throws UnjudgeableTextException {
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

  /** The number of non-starters in a row that the text ends with after {@code c}. */
  private static int marks(int before, int c, @Nullable String decomposed)
      throws UnjudgeableTextException {
    int marks = before;
    int length = decomposed == null ? 1 : decomposed.length();
    for (int i = 0, one; i < length; i += decomposed == null ? 1 : Character.charCount(one)) {
      one = decomposed == null ? c : decomposed.codePointAt(i);
      marks = UCharacter.getCombiningClass(one) == 0 ? 0 : marks + 1;
      if (marks > MAX_NON_STARTERS) {
        throw new UnjudgeableTextException("too many marks on a letter");
      }
    }
    return marks;
  }

  private static void checkLength(CharSequence text) throws UnjudgeableTextException {
    if (text.length() > LONGEST_TEXT) {
      throw new UnjudgeableTextException("too long");
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
