package io.donna.gateway.admin;

import java.time.Instant;
import java.util.Optional;

/**
 * A token or a user that an operator has revoked.
 *
 * @param by the operator
 */
record Revocation(String id, Target target, Instant since, String reason, String by) {
  /** What is revoked. */
  sealed interface Target {
    record OfToken(String jti) implements Target {
      @Override
      public String toString() {
        return "token " + jti;
      }
    }

    /**
     * A user.
     *
     * @param before tokens issued earlier are revoked; empty: all are
     */
    record OfUser(String user, Optional<Instant> before) implements Target {
      @Override
      public String toString() {
        return "user " + user;
      }
    }
  }
}
