package io.donna.gateway.auth;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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

  static Candidates of(Jws token, Stream<KeySet> sets) {
    List<VerificationKey> suitable =
        sets.flatMap(set -> set.suitable(token))
            .sorted(Comparator.comparing(key -> !key.isNamedBy(token)))
            .toList();
    return suitable.size() <= MOST
        ? new Candidates(token, suitable, true)
        : new Candidates(token, suitable.subList(0, MOST), false);
  }

  /** The key that signed the token. */
  Optional<VerificationKey> signer() {
    return keys.stream().filter(key -> key.signed(token)).findFirst();
  }

  /** Whether trying all of them is quick enough for an event loop. */
  boolean areQuick() {
    long digest = token.signed().length / BYTES_PER_MICRO;
    long micros = keys.stream().mapToLong(key -> key.micros() + digest).sum();
    return micros <= (keys.size() == 1 ? MOST_MICROS_OF_ONE : MOST_MICROS_OF_SEVERAL);
  }
}
