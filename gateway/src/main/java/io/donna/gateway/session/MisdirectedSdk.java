package io.donna.gateway.session;

import io.donna.gateway.audit.SecurityEvent.HandshakeTokenIgnored;
import io.donna.gateway.auth.User;
import io.donna.gateway.auth.Verification.Decided;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Unavailable;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.event.Replies;
import java.util.Optional;

/**
 * Handles an SDK that connects to the gateway's own endpoint with a token in the handshake, which
 * does not authenticate there. Sends the hint only for a token that the drop-in endpoint would
 * accept: an {@code Authorization} header may come from a proxy in between, whose clients must not
 * receive a new message. Logs each check as an authentication attempt is logged, so that nobody can
 * test stolen tokens unnoticed.
 */
record MisdirectedSdk(Session session) {
  private static final String CODE = "wrong_endpoint";
  private static final String MESSAGE =
      "/realtime speaks the gateway's own protocol, and an SDK's API key does not authenticate here."
          + " With an SDK, connect to /v1/realtime (its base URL ends in /v1). Without one, send"
          + " {\"type\":\"authenticate\",\"token\":\"...\"} first.";

  /** Sends the hint if the token is valid. Fetches no keys for it, and queues no work. */
  void greet(String token) {
    switch (verify(token).orElse(new Unavailable("not verified at once"))) {
      case Verified(User user, var _, var _) when isRevoked(user) -> record("jwt revoked");
      case Verified(User user, var _, var _) -> {
        session.record(
            new HandshakeTokenIgnored(session.ip(), Optional.of(user.id()), Optional.empty()));
        session.answer(greeting());
      }
      case Rejected(String error) -> record(error);
      case Unavailable(String error) -> record(error);
    }
  }

  static String greeting() {
    return Replies.gatewayError(CODE, MESSAGE);
  }

  private Optional<Decided> verify(String token) {
    Services services = session.services();
    return services
        .clientSecrets()
        .verify(token)
        .or(() -> services.verifier().flatMap(verifier -> verifier.verifyAtOnce(token)));
  }

  private boolean isRevoked(User user) {
    return session.services().revocations().cover(user);
  }

  private void record(String error) {
    session.record(new HandshakeTokenIgnored(session.ip(), Optional.empty(), Optional.of(error)));
  }
}
