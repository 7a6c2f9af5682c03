package io.donna.gateway.policy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds quotes of given texts in another text, in one pass over it, so that a client is not shown
 * its hidden instructions: all of a short text, or 31 consecutive characters of a long one.
 * Immutable.
 */
final class QuoteSearch {
  /** Any run of 31 characters contains one whole aligned block of 16. */
  private static final int BLOCK = 16;

  /** Shorter texts could occur anywhere by chance. */
  private static final int SHORTEST = 4;

  private static final int FILTER_BITS = 1 << 16;
  private static final int BASE = 31;
  private static final int HIGHEST = power(BLOCK - 1);

  private final List<String> shorts = new ArrayList<>();
  private final Set<String> blocks = new HashSet<>();

  /** A bit for each block's hash, so that most positions need no look-up. */
  private final BitSet filter = new BitSet(FILTER_BITS);

  QuoteSearch(List<String> texts) {
    for (String text : texts) {
      String stripped = text.strip();
      if (stripped.length() < 2 * BLOCK) {
        if (stripped.length() >= SHORTEST) {
          shorts.add(stripped);
        }
        continue;
      }
      for (int at = 0; at + BLOCK <= stripped.length(); at += BLOCK) {
        String block = stripped.substring(at, at + BLOCK);
        if (!block.isBlank()) {
          blocks.add(block);
          filter.set(bit(hash(block)));
        }
      }
    }
  }

  boolean occurIn(String text) {
    for (String quoted : shorts) {
      if (text.contains(quoted)) {
        return true;
      }
    }
    if (blocks.isEmpty() || text.length() < BLOCK) {
      return false;
    }
    int hash = hash(text.substring(0, BLOCK));
    for (int end = BLOCK; ; end++) {
      if (filter.get(bit(hash)) && blocks.contains(text.substring(end - BLOCK, end))) {
        return true;
      }
      if (end == text.length()) {
        return false;
      }
      hash = (hash - text.charAt(end - BLOCK) * HIGHEST) * BASE + text.charAt(end);
    }
  }

  private static int hash(String block) {
    int hash = 0;
    for (int i = 0; i < BLOCK; i++) {
      hash = hash * BASE + block.charAt(i);
    }
    return hash;
  }

  private static int bit(int hash) {
    return (hash ^ hash >>> 16) & (FILTER_BITS - 1);
  }

  private static int power(int exponent) {
    int power = 1;
    for (int i = 0; i < exponent; i++) {
      power *= BASE;
    }
    return power;
  }
}
