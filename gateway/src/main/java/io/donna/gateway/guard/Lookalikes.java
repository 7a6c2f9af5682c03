package io.donna.gateway.guard;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.text.SpoofChecker;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Maps characters to the ASCII small letters and digits that they look like: by Unicode's list of
 * confusables (UTS #39, all of it), digits by their value, and variants of Latin letters by their
 * name. Safe from any thread.
 */
final class Lookalikes {
  /** Looks like a small L, a capital I or a 1; a reader decides by the word. */
  static final String STROKE = "l";

  /** Small letters whose capitals alone are on Unicode's list. */
  private static final String SMALL = "вкмнтьενκτυχηγβωոօսցԍ";

  private static final String LOOK_LIKE = "bkmhtbevktuxnybwnougg";

  /** Small capitals, letters with strokes and hooks, negative circled, squared and regional. */
  private static final Pattern LETTER =
      Pattern.compile(
          "(?:LATIN|(?:CROSSED )?NEGATIVE (?:CIRCLED|SQUARED) LATIN|REGIONAL INDICATOR SYMBOL)"
              + "(?: SMALL| CAPITAL)? LETTER (?:SMALL CAPITAL |DOTLESS |SCRIPT )?([A-Z])"
              + "(?: WITH .*)?");

  /** A look-up takes some microseconds, so common characters are cached. */
  private static final int REMEMBERED = 4_096;

  private final SpoofChecker confusables = new SpoofChecker.Builder().build();

  /** By Unicode's skeleton, which lookalikes share, the ASCII character. */
  private final Map<String, String> ascii = new HashMap<>();

  private final Map<Integer, String> known = new ConcurrentHashMap<>();

  Lookalikes() {
    for (int c = '!'; c <= '~'; c++) {
      String itself = Character.toString(Character.toLowerCase(c));
      ascii.putIfAbsent(confusables.getSkeleton(Character.toString(c)), itself);
    }
    ascii.put(confusables.getSkeleton("o"), "o");
    ascii.put(confusables.getSkeleton("O"), "o");
    ascii.put(confusables.getSkeleton("l"), STROKE);
  }

  /** The ASCII character that {@code c} looks like; {@code c} itself if there is none. */
  String of(int c) {
    String looksLike = known.get(c);
    if (looksLike == null) {
      looksLike = find(c);
      if (known.size() < REMEMBERED) {
        known.put(c, looksLike);
      }
    }
    return looksLike;
  }

  private String find(int c) {
    String itself = Character.toString(c);
    int digit = digit(c);
    if (digit >= 0) {
      return Integer.toString(digit);
    }
    if (isOfLargeScript(c)) {
      return itself;
    }
    String skeleton = confusables.getSkeleton(itself);
    String looksLike =
        byHand(c)
            .or(() -> byName(itself))
            .or(() -> byName(skeleton))
            .orElseGet(() -> ascii.getOrDefault(skeleton, skeleton));
    return TextNormalizer.isAscii(looksLike) && !looksLike.isEmpty()
        ? looksLike.toLowerCase(Locale.ROOT)
        : itself;
  }

  /** Ideographs and Hangul syllables: a third of all characters, none of which looks like ASCII. */
  private static boolean isOfLargeScript(int c) {
    return Character.isIdeographic(c) || (c >= 0xAC00 && c <= 0xD7A3);
  }

  private static Optional<String> byHand(int c) {
    int at = SMALL.indexOf(c);
    return at < 0 ? Optional.empty() : Optional.of(LOOK_LIKE.substring(at, at + 1));
  }

  private static Optional<String> byName(String one) {
    if (one.isEmpty() || one.length() != Character.charCount(one.codePointAt(0))) {
      return Optional.empty();
    }
    int c = one.codePointAt(0);
    Matcher name = LETTER.matcher(String.valueOf(Character.getName(c)));
    return name.matches() ? Optional.of(name.group(1).toLowerCase(Locale.ROOT)) : Optional.empty();
  }

  /**
   * The digit's value in any script, including Han numerals and circled digits; -1 for anything
   * else.
   */
  private static int digit(int c) {
    int type = Character.getType(c);
    boolean number =
        type == Character.DECIMAL_DIGIT_NUMBER
            || type == Character.OTHER_NUMBER
            || Character.isIdeographic(c);
    double value = number ? UCharacter.getUnicodeNumericValue(c) : -1;
    return value >= 0 && value <= 9 && value == (int) value ? (int) value : -1;
  }
}
