package io.donna.gateway.audit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds fragments of a secret that was truncated, split or capitalised: {@value #SHORTEST}
 * consecutive characters of it, in any case. Immutable.
 */
final class Fragments {
  /** Too many characters of a random key to guess; words that two texts share are shorter. */
  static final int SHORTEST = 16;

  /** A fragment contains a block of 8 at a multiple of 8, wherever it begins. */
  private static final int BLOCK = SHORTEST / 2;

  private record Place(String secret, int at) {}

  /** All blocks of all secrets, by hash. */
  private final Map<Integer, List<Place>> blocks = new HashMap<>();

  Fragments(List<String> secrets) {
    for (String secret : secrets) {
      for (int at = 0; secret.length() >= SHORTEST && at + BLOCK <= secret.length(); at++) {
        blocks
            .computeIfAbsent(hash(secret, at), hash -> new ArrayList<>(1))
            .add(new Place(secret, at));
      }
    }
  }

  /** The text without fragments; the same object if there are none. */
  String cut(String text) {
    if (blocks.isEmpty()) {
      return text;
    }
    StringBuilder cut = null;
    int kept = 0;
    int at = 0;
    while (at + BLOCK <= text.length()) {
      int start = at;
      int end = at;
      for (Place place : blocks.getOrDefault(hash(text, at), List.of())) {
        int before = sharedBefore(text, at, kept, place);
        int behind = sharedFrom(text, at, place);
        if (behind >= BLOCK && before + behind >= SHORTEST && before + behind > end - start) {
          start = at - before;
          end = at + behind;
        }
      }
      if (end == start) {
        at += BLOCK;
        continue;
      }
      cut = cut == null ? new StringBuilder(text.length()) : cut;
      cut.append(text, kept, start).append(Redaction.CUT);
      kept = end;
      at = end;
    }
    return cut == null ? text : cut.append(text, kept, text.length()).toString();
  }

  private static int sharedBefore(String text, int at, int from, Place place) {
    int shared = 0;
    while (at - shared > from
        && place.at - shared > 0
        && lower(text.charAt(at - shared - 1))
            == lower(place.secret.charAt(place.at - shared - 1))) {
      shared++;
    }
    return shared;
  }

  private static int sharedFrom(String text, int at, Place place) {
    int shared = 0;
    while (at + shared < text.length()
        && place.at + shared < place.secret.length()
        && lower(text.charAt(at + shared)) == lower(place.secret.charAt(place.at + shared))) {
      shared++;
    }
    return shared;
  }

  private static int hash(String text, int from) {
    int hash = 0;
    for (int i = from; i < from + BLOCK; i++) {
      hash = hash * 31 + lower(text.charAt(i));
    }
    return hash;
  }

  private static char lower(char character) {
    return character >= 'A' && character <= 'Z' ? (char) (character + 'a' - 'A') : character;
  }
}
