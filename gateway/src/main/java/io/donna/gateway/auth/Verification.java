package io.donna.gateway.auth;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.node.ObjectNode;

/** The result of verifying a token. */
public sealed interface Verification {
  /** A final result. */
  sealed interface Decided extends Verification {}

  /**
   * The token is valid.
   *
   * @param session the session configuration, if the token is a client secret that contains one
   * @param progress of the session that goes on, if the token is of one that another replica had
   */
  record Verified(User user, Optional<ObjectNode> session, Optional<ResumeTokens.Progress> progress)
      implements Decided {
    public Verified(User user) {
      this(user, Optional.empty(), Optional.empty());
    }

    Verified(User user, Optional<ObjectNode> session) {
      this(user, session, Optional.empty());
    }

    Verified(User user, ResumeTokens.Progress progress) {
      this(user, Optional.empty(), Optional.of(progress));
    }
  }

  /** The token is invalid. {@code error} is for the log and never contains the token. */
  record Rejected(String error) implements Decided {}

  /**
   * The token cannot be verified at the moment, as keys are unavailable. {@code error} is for the
   * log.
   */
  record Unavailable(String error) implements Decided {}

  /**
   * The verification is in progress, for example while keys are being fetched. The decision arrives
   * within seconds on another thread.
   */
  record Awaited(CompletionStage<Decided> decision) implements Verification {}
}
