package io.donna.gateway.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Removes the gateway's own secrets from text: verbatim, in base64, escaped, masked as APIs mask
 * them ({@code sk-proj-****abcd}, {@code sk-...abcd}), or a long fragment of one. Every log line,
 * every error and every close reason of an upstream passes through here. Safe from any thread.
 */
public final class Redaction {
  public static final String CUT = "[redacted]";

  /** A shorter secret would match ordinary words. */
  private static final int SHORTEST = 10;

  /**
   * The shortest identifier of a key, organisation or project; words such as org-wide are shorter.
   */
  private static final int SHORTEST_IDENTIFIER = 12;

  /** The fewest visible characters by which a masked secret is recognised. */
  private static final int LEAST_LEFT = 4;

  /** A longer word is not a masked key. */
  private static final int LONGEST_WORD = 512;

  /** How many secrets from files are remembered: the newest, and those of live connections. */
  private static final int RENEWED = 8;

  private static final String DELIMITERS = "\"'`()[]{}<>,;:=\\&?!|";
  private static final List<String> IDENTIFIERS = List.of("sk-", "org-", "proj_");

  /** A secret and its spellings. */
  private record Spelt(String secret, Set<String> spellings) {
    static Spelt of(String secret) {
      byte[] bytes = secret.getBytes(UTF_8);
      Set<String> all = new LinkedHashSet<>();
      all.add(secret);
      for (int shift = 0; shift < 3; shift++) {
        all.add(core(Base64.getEncoder(), bytes, shift));
        all.add(core(Base64.getUrlEncoder(), bytes, shift));
      }
      all.add(secret.replace("\\", "\\\\").replace("\"", "\\\""));
      all.add(URLEncoder.encode(secret, UTF_8));
      return new Spelt(secret, all);
    }

    /** The base64 characters that depend on the secret alone, if {@code shift} bytes precede it. */
    private static String core(Base64.Encoder encoder, byte[] bytes, int shift) {
      byte[] shifted = new byte[shift + bytes.length];
      System.arraycopy(bytes, 0, shifted, shift, bytes.length);
      String encoded = encoder.withoutPadding().encodeToString(shifted);
      int first = (shift * 8 + 5) / 6;
      int last = shifted.length * 8 / 6;
      return encoded.substring(first, last);
    }
  }

  private final List<Spelt> configured;
  private final List<Spelt> renewed = new CopyOnWriteArrayList<>();
  private final Fragments ofConfigured;
  private volatile Fragments ofRenewed = new Fragments(List.of());

  /** Removes these secrets, except those that are too short to recognise. */
  public Redaction(Collection<String> secrets) {
    this.configured = secrets.stream().flatMap(secret -> parts(secret).stream()).toList();
    this.ofConfigured = fragments(configured);
  }

  private static Fragments fragments(List<Spelt> secrets) {
    return new Fragments(secrets.stream().map(Spelt::secret).toList());
  }

  /** The secret, and the part after a scheme name, as in a header's value. */
  private static List<Spelt> parts(String secret) {
    List<Spelt> parts = new ArrayList<>();
    for (String part : new LinkedHashSet<>(List.of(secret, secret.replaceFirst("^\\S+\\s+", "")))) {
      if (part.length() >= SHORTEST) {
        parts.add(Spelt.of(part));
      }
    }
    return parts;
  }

  /** Adds a secret that was read from a file. */
  public void add(String secret) {
    if (renewed.stream().anyMatch(known -> known.secret.equals(secret))) {
      return;
    }
    renewed.addAll(parts(secret));
    while (renewed.size() > RENEWED) {
      renewed.removeFirst();
    }
    ofRenewed = fragments(renewed);
  }

  /** The text without secrets; the same object if it contains none. */
  public String cut(String text) {
    String left = cutWhole(cutWhole(text, configured), renewed);
    return cutMasked(ofRenewed.cut(ofConfigured.cut(left)));
  }

  /**
   * As {@link #cut}, for text of an upstream: also removes the identifiers of any keys,
   * organisations and projects.
   */
  public String cutForeign(String text) {
    return cutIdentifiers(cut(text));
  }

  private static String cutWhole(String text, List<Spelt> secrets) {
    String left = text;
    for (Spelt secret : secrets) {
      for (String spelling : secret.spellings) {
        if (left.contains(spelling)) {
          left = left.replace(spelling, CUT);
        }
      }
    }
    return left;
  }

  private String cutMasked(String text) {
    StringBuilder cut = null;
    int kept = 0;
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i < text.length() && !isDelimiter(text.charAt(i))) {
        continue;
      }
      int end = i;
      while (end > start && text.charAt(end - 1) == '.') {
        end--; // of the sentence
      }
      if (end - start >= LEAST_LEFT && end - start <= LONGEST_WORD) {
        String word = text.substring(start, end);
        if (isMasked(word)) {
          cut = cut == null ? new StringBuilder(text.length()) : cut;
          cut.append(text, kept, start).append(CUT);
          kept = end;
        }
      }
      start = i + 1;
    }
    return cut == null ? text : cut.append(text, kept, text.length()).toString();
  }

  private static boolean isDelimiter(char character) {
    return character <= ' ' || DELIMITERS.indexOf(character) >= 0;
  }

  /** Removes identifiers after a space, a slash or a sign, but not inside a word. */
  private static String cutIdentifiers(String text) {
    StringBuilder cut = null;
    int kept = 0;
    for (int at = 0; at < text.length(); at++) {
      if (!beginsIdentifier(text, at)) {
        continue;
      }
      int end = endOfIdentifier(text, at);
      if (end - at >= SHORTEST_IDENTIFIER
          && text.substring(at, end).chars().anyMatch(Character::isDigit)) {
        cut = cut == null ? new StringBuilder(text.length()) : cut;
        cut.append(text, kept, at).append(CUT);
        kept = end;
      }
      at = Math.max(at, end - 1);
    }
    return cut == null ? text : cut.append(text, kept, text.length()).toString();
  }

  private static boolean beginsIdentifier(String text, int at) {
    char first = text.charAt(at);
    if (first != 's' && first != 'o' && first != 'p') {
      return false;
    }
    if (at > 0) {
      char before = text.charAt(at - 1);
      if (Character.isLetterOrDigit(before) || before == '-' || before == '_') {
        return false;
      }
    }
    for (String prefix : IDENTIFIERS) {
      if (text.startsWith(prefix, at)) {
        return true;
      }
    }
    return false;
  }

  private static int endOfIdentifier(String text, int start) {
    int end = start;
    while (end < text.length() && text.charAt(end) != '/' && !isDelimiter(text.charAt(end))) {
      end++;
    }
    while (end > start && text.charAt(end - 1) == '.') {
      end--; // of the sentence
    }
    return end;
  }

  /** Whether the word is a masked secret that shows its beginning, its end, or both. */
  private boolean isMasked(String word) {
    int from = 0;
    while (from < word.length() && !isMask(word, from)) {
      from++;
    }
    int to = word.length();
    while (to > from && !isMask(word, to - 1)) {
      to--;
    }
    String head = word.substring(0, from);
    String tail = word.substring(to);
    return to > from
        && head.length() + tail.length() >= LEAST_LEFT
        && (isLeftOf(configured, head, tail) || isLeftOf(renewed, head, tail));
  }

  private static boolean isLeftOf(List<Spelt> secrets, String head, String tail) {
    for (Spelt spelt : secrets) {
      if (spelt.secret.startsWith(head) && spelt.secret.endsWith(tail)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the character is part of a mask: a bullet alone, others only if repeated. */
  private static boolean isMask(String word, int at) {
    char character = word.charAt(at);
    return switch (character) {
      case '\u2026', '\u2022', '*' -> true;
      case '.', '#', 'x', 'X' ->
          (at > 0 && word.charAt(at - 1) == character)
              || (at + 1 < word.length() && word.charAt(at + 1) == character);
      default -> false;
    };
  }
}
