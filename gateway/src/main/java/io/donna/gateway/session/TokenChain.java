package io.donna.gateway.session;

import io.donna.gateway.auth.User;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The tokens of a session: the one that opened it and those that renewed it. The session has only
 * what all of them grant, revoking any of them ends it, and it expires with the newest. Immutable.
 *
 * @param together the user with the combined grants of all tokens
 * @param opening the ids of the token that opened the session, which apply until its end
 * @param renewing later tokens that have ids; each applies until it expires
 */
record TokenChain(User together, Set<String> opening, List<User> renewing) {
  /** The most valid tokens. Renewing every minute with tokens of one hour makes 60. */
  static final int MOST = 64;

  /** The chain of a session that this token opens. */
  static TokenChain of(User first) {
    return new TokenChain(first, first.tokenIds(), List.of());
  }

  /** Whether a token has the same user, tier and tenant. */
  boolean takes(User later) {
    return together.id().equals(later.id()) && together.grants().isOfSameAccount(later.grants());
  }

  /** Whether the limit of valid tokens is reached at {@code now}. */
  boolean isFull(Instant now) {
    return valid(now).size() >= MOST;
  }

  /** The chain with one more token, verified at {@code now}. */
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

  /** The earlier time; a token without an issue time counts as older than any. */
  private static Optional<Instant> oldest(Optional<Instant> one, Optional<Instant> other) {
    return one.flatMap(first -> other.map(second -> first.isBefore(second) ? first : second));
  }
}
