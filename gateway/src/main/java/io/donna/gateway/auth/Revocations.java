package io.donna.gateway.auth;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Who may not come in although the token is valid: the tokens and users that the file and operators
 * have revoked, and the users that operators block for a time. Safe from any thread; never blocks.
 */
public final class Revocations {
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile RevocationList list = RevocationList.EMPTY;
  private volatile RevocationList ofOperators = RevocationList.EMPTY;
  private volatile Optional<UserBlocks> blocks = Optional.empty();

  /** Whether {@code user} or its token is revoked, or the user blocked. */
  public boolean cover(User user) {
    return objectionTo(user).isPresent();
  }

  /** Why {@code user} may not come in, for the log; empty if nothing is known against it. */
  public Optional<String> objectionTo(User user) {
    if (list.covers(user) || ofOperators.covers(user)) {
      return Optional.of("jwt revoked");
    }
    return blocks.filter(now -> now.cover(user.id())).map(now -> "user blocked");
  }

  /**
   * Replaces what operators have revoked; what the file revokes stays.
   *
   * @param tokenIds the {@code jti} of revoked tokens
   * @param users revoked users by id, with the time before which their tokens are revoked
   */
  public void replaceOfOperators(Set<String> tokenIds, Map<String, Instant> users) {
    RevocationList now = new RevocationList(Set.copyOf(tokenIds), Map.copyOf(users));
    // Part by part: the equals of a record is generated when first called, which each start would
    // do.
    boolean isSame =
        now.tokenIds().equals(ofOperators.tokenIds()) && now.users().equals(ofOperators.users());
    if (!isSame) {
      ofOperators = now;
      listeners.forEach(Runnable::run);
    }
  }

  /** Replaces the users that are blocked. Whoever blocks one ends its sessions, too. */
  public void block(UserBlocks now) {
    blocks = Optional.of(now);
  }

  /** Runs {@code listener}, which must not block, after every change. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** Adds revocations to the existing ones. */
  void add(RevocationList more) {
    replace(list.with(more));
  }

  void replace(RevocationList now) {
    if (!now.equals(list)) {
      list = now;
      listeners.forEach(Runnable::run);
    }
  }
}
