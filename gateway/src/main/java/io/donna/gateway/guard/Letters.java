package io.donna.gateway.guard;

import java.text.Normalizer;
import java.util.Locale;

/**
 * Brings text to the letters that a reader sees, so that a pattern is not passed by by spelling the
 * same word with others: compatibility forms (full width, mathematical), characters that are not
 * shown, and, in a second form, accents and letters of other scripts that look like Latin ones.
 */
final class Letters {
  /** Cyrillic, Greek, Armenian and Latin letters that pass for others, and those. */
  private static final String LOOKALIKES = "аеорсухіјѕһԁԛԝвкмнтьαορνεικτυχηγβωոօսհցıɑɡɩɪʏʀɴʟӏԍ";

  private static final String LOOK_LIKE = "aeopcyxijshdqwbkmhtbaopveiktuxnybwnouhgiagiiyrnllg";

  private Letters() {}

  /** In NFKC, without what is not shown. */
  static String plain(String text) {
    return text.chars().allMatch(c -> c < 0x80 && !isControl(c)) ? text : normal(text);
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private static String normal(String text) {
    return shown(Normalizer.normalize(shown(text), Normalizer.Form.NFKC));
  }

  /** Of plain text: without accents, and small Latin letters for all that look like them. */
  static String folded(String plain) {
    if (isAscii(plain)) {
      return plain;
    }
    String apart = Normalizer.normalize(plain, Normalizer.Form.NFKD).toLowerCase(Locale.ROOT);
    StringBuilder folded = new StringBuilder(apart.length());
    apart
        .codePoints()
        .filter(c -> !isMark(c))
        .forEach(c -> {
          int at = LOOKALIKES.indexOf(c);
          folded.appendCodePoint(at < 0 ? c : LOOK_LIKE.charAt(at));
        });
    return folded.toString();
  }

  private static String shown(String text) {
    return text.codePoints()
        .filter(c -> !isIgnorable(c))
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static boolean isMark(int c) {
    int type = Character.getType(c);
    return type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK;
  }

  /** Those that are no white space. */
  private static boolean isControl(int c) {
    return Character.getType(c) == Character.CONTROL && (c < '\t' || c > '\r');
  }

  /** Unicode's Default_Ignorable_Code_Point, and all other controls. */
  private static boolean isIgnorable(int c) {
    return Character.getType(c) == Character.FORMAT
        || isControl(c)
        || c == 0x034F
        || (c >= 0x115F && c <= 0x1160)
        || (c >= 0x17B4 && c <= 0x17B5)
        || (c >= 0x180B && c <= 0x180F)
        || (c >= 0x2060 && c <= 0x206F)
        || c == 0x3164
        || (c >= 0xFE00 && c <= 0xFE0F)
        || c == 0xFFA0
        || (c >= 0xFFF0 && c <= 0xFFF8)
        || (c >= 0x1BCA0 && c <= 0x1BCA3)
        || (c >= 0x1D173 && c <= 0x1D17A)
        || (c >= 0xE0000 && c <= 0xE0FFF);
  }
}
