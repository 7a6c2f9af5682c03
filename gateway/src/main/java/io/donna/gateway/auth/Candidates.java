package io.donna.gateway.auth;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The keys that may have signed a token, in the order in which they are tried: keys that its {@code
 * kid} names first. At most {@value #MOST} are tried, which bounds the cost of a token without a
 * {@code kid}, however many keys there are.
 *
 * @param complete whether these are all candidates
 */
record Candidates(Jws token, List<VerificationKey> keys, boolean complete) {
  static final int MOST = 8;

  /** A single check may run on an event loop; the slowest (ES512) takes 0.75 ms. */
  private static final long MOST_MICROS_OF_ONE = 800;

  private static final long MOST_MICROS_OF_SEVERAL = 250;

  /** The speed of a digest without processor instructions for it. */
  private static final int BYTES_PER_MICRO = 400;

  static Candidates of(Jws token, List<KeySet> sets) {
    List<VerificationKey> suitable = new ArrayList<>(2);
    int named = 0;
    for (KeySet set : sets) {
      for (VerificationKey key : set.keys()) {
        if (key.suits(token)) {
          suitable.add(key.isNamedBy(token) ? named++ : suitable.size(), key);
        }
      }
    }
    return suitable.size() <= MOST
        ? new Candidates(token, suitable, true)
        : new Candidates(token, suitable.subList(0, MOST), false);
  }

  /** The key that signed the token. */
  Optional<VerificationKey> signer() {
    for (VerificationKey key : keys) {
      if (key.signed(token)) {
        return Optional.of(key);
      }
    }
    return Optional.empty();
  }

  /** Whether trying all of them is quick enough for an event loop. */
  boolean areQuick() {
    long digest = token.signed().length / BYTES_PER_MICRO;
    long micros = 0;
    for (VerificationKey key : keys) {
      micros += key.micros() + digest;
    }
    return micros <= (keys.size() == 1 ? MOST_MICROS_OF_ONE : MOST_MICROS_OF_SEVERAL);
  }
}
