package io.donna.gateway.session;

import io.donna.gateway.auth.User;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The tokens that a session rests on: the one that opened it, and those that renewed it. What they
 * grant, the session has as far as all of them do; revoking any of them ends it; it ends when the
 * newest does. Immutable.
 *
 * @param together the user as all the tokens have it
 * @param opening the ids of the token that the session began with, which count to its end
 * @param renewing later tokens that have ids; each counts until it expires
 */
record TokenChain(User together, Set<String> opening, List<User> renewing) {
  /** Of tokens that are still valid. Whoever renews every minute with tokens of an hour has 60. */
  static final int MOST = 64;

  /** A session that begins with this token. */
  static TokenChain of(User first) {
    return new TokenChain(first, first.tokenIds(), List.of());
  }

  /** Whether a token may join: it is of the same user, tier and tenant. */
  boolean takes(User later) {
    return together.id().equals(later.id()) && together.grants().isOfSameAccount(later.grants());
  }

  /** Whether as many tokens as can be remembered are valid at {@code now}. */
  boolean isFull(Instant now) {
    return valid(now).size() >= MOST;
  }

  /** The chain with one more token, which has been verified at {@code now}. */
  TokenChain renewedBy(User later, Instant now) {
    List<User> all = valid(now);
    boolean known =
        opening.containsAll(later.tokenIds())
            || all.stream().anyMatch(token -> token.tokenIds().equals(later.tokenIds()));
    if (!known) {
      all.add(later);
    }
    Set<String> ids = new HashSet<>(opening);
    all.forEach(token -> ids.addAll(token.tokenIds()));
    User combined =
        new User(
            together.id(),
            later.expiry(),
            oldest(together.issuedAt(), later.issuedAt()),
            Set.copyOf(ids),
            together.grants().and(later.grants()));
    return new TokenChain(combined, opening, List.copyOf(all));
  }

  private List<User> valid(Instant now) {
    List<User> valid = new ArrayList<>(renewing.size() + 1);
    for (User token : renewing) {
      if (token.expiry().map(now::isBefore).orElse(true)) {
        valid.add(token);
      }
    }
    return valid;
  }

  /** A token that does not say when it was issued is older than any. */
  private static Optional<Instant> oldest(Optional<Instant> one, Optional<Instant> other) {
    return one.flatMap(first -> other.map(second -> first.isBefore(second) ? first : second));
  }
}
