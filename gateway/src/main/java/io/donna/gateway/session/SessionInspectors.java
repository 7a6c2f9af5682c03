package io.donna.gateway.session;

import io.donna.gateway.auth.ResumeTokens;
import io.donna.gateway.auth.User;
import io.donna.gateway.event.Endable;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The inspectors of one session, across all of its upstreams. Confined to its event loop. */
public interface SessionInspectors {
  /**
   * The session's user is known; it has no upstream yet.
   *
   * @param user empty if no authentication is configured
   * @param progress of the session that goes on here, if another replica has had it
   * @return completes when it is decided whether the session may go on: at once, or later on its
   *     event loop
   */
  default CompletionStage<Void> begin(
      Optional<User> user, Optional<ResumeTokens.Progress> progress, Endable session) {
    return CompletableFuture.completedStage(null);
  }

  /**
   * Whether inspectors see the client's messages from the first on. If so, messages must be strict
   * JSON or are refused; if not, they are relayed as if there were no inspectors.
   */
  default boolean seeClient() {
    return false;
  }

  /**
   * A later token has renewed the session.
   *
   * @param user the user with the combined grants of all tokens
   * @param model the model requested from its upstream; empty if it has none
   * @return why the renewal cannot be applied, as a sentence; nothing has changed in that case
   */
  default Optional<String> renew(User user, Optional<String> model) {
    return Optional.empty();
  }

  /** Admits the client to an upstream; a session on {@code /realtime} may connect several times. */
  UpstreamAdmission enter(ConnectRequest request);

  /** How long the session has had upstreams, before and here. */
  default Duration age() {
    return Duration.ZERO;
  }

  /** The session has ended. */
  default void over() {}
}
