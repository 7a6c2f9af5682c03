package io.donna.gateway.auth;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.node.ObjectNode;

/** What became of a token. */
public sealed interface Verification {
  /** It is known what the token is. */
  sealed interface Decided extends Verification {}

  /**
   * It holds.
   *
   * @param session what the session is to be set up with, where a client secret says so
   */
  record Verified(User user, Optional<ObjectNode> session) implements Decided {
    public Verified(User user) {
      this(user, Optional.empty());
    }
  }

  /** {@code error} is for the log; it names the fault and never holds the token. */
  record Rejected(String error) implements Decided {}

  /** Nobody can tell at the moment: the key set cannot be had. {@code error} is for the log. */
  record Unavailable(String error) implements Decided {}

  /**
   * The token's key is not known yet and has been asked for. The decision comes within seconds and
   * from another thread.
   */
  record Awaited(CompletionStage<Decided> decision) implements Verification {}
}
