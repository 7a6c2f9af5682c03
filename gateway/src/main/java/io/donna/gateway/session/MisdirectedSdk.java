package io.donna.gateway.session;

import io.donna.gateway.audit.SecurityEvent.HandshakeTokenIgnored;
import io.donna.gateway.auth.User;
import io.donna.gateway.auth.Verification.Decided;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Unavailable;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.realtime.Replies;
import java.util.Optional;

/**
 * An SDK on the gateway's own endpoint, its token where it does not authenticate there. Only a
 * token that the drop-in endpoint would take is greeted: the {@code Authorization} of some proxy on
 * the way is not for us, and its client must hear nothing new. Each check is logged, as those are
 * that decide something, so that nobody can try out stolen tokens unseen.
 */
record MisdirectedSdk(Session session) {
  private static final String CODE = "wrong_endpoint";
  private static final String MESSAGE =
      "/realtime speaks the gateway's own protocol, and an SDK's API key does not authenticate here."
          + " With an SDK, connect to /v1/realtime (its base URL ends in /v1). Without one, send"
          + " {\"type\":\"authenticate\",\"token\":\"...\"} first.";

  /** Says so, if the token is one. No key is fetched for it, and nothing waits for it. */
  void greet(String token) {
    switch (verify(token).orElse(new Unavailable("not verified at once"))) {
      case Verified(User user, var _) when isRevoked(user) -> record("jwt revoked");
      case Verified(User user, var _) -> {
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
