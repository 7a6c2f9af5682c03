package io.donna.gateway.session;

import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.auth.TokenVerifier;
import io.donna.gateway.auth.User;
import io.donna.gateway.auth.Verification;
import io.donna.gateway.auth.Verification.Awaited;
import io.donna.gateway.auth.Verification.Decided;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Unavailable;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.realtime.Replies;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who the client of a session is: proven by a token, renewed by later ones, and over when the token
 * is. Confined to the session's event loop.
 */
final class Identity {
  private final Session session;
  private final Services services;
  private final Manner manner;
  private final TokenExpiry expiry;
  private final Renewals renewals = new Renewals();
  private final Map<Class<?>, Long> lastRecorded = new HashMap<>(2);

  private Optional<User> user = Optional.empty();
  private Optional<ObjectNode> wish = Optional.empty();
  private boolean awaited;

  Identity(Session session, Services services, Manner manner) {
    this.session = session;
    this.services = services;
    this.manner = manner;
    this.expiry =
        new TokenExpiry(
            session.eventLoop(),
            manner.commands() ? Optional.of(this::onExpiring) : Optional.empty(),
            () -> session.refuse(manner.tokenExpired()));
  }

  /** Empty until it is proven, and where no authentication is configured. */
  Optional<User> user() {
    return user;
  }

  /** What the client secret, if it was one, wants the session to be set up with. */
  Optional<ObjectNode> wish() {
    return wish;
  }

  /** Whether a token waits for its key, and nothing of the client's is to be heard until then. */
  boolean isAwaited() {
    return awaited;
  }

  /**
   * Lets a token say who the client is, or goes on being.
   *
   * @param next the phase that follows where it does
   * @return the phase that follows; where the token's key has to be fetched, the one that is
   */
  Phase prove(Optional<String> token, Supplier<Phase> next) {
    Optional<TokenVerifier> verifier = services.verifier();
    if (verifier.isEmpty()) {
      session.refuseMessage(Replies.NOT_CONFIGURED);
      return session.phase();
    }
    if (token.isEmpty()) {
      recordAtMostOnceASecond(new SecurityEvent.AuthFailedNoToken(session.ip()));
      if (manner.commands()) {
        session.refuseMessage(Replies.TOKEN_REQUIRED);
      } else {
        session.refuse(manner.invalidToken());
      }
      return session.phase();
    }
    if (user.isPresent() && !renewals.allow()) {
      session.refuseMessage(
          Replies.gatewayError(
              "too_many_renewals", "A token can be renewed ten times a minute. Yours was not."));
      return session.phase();
    }
    return switch (verify(verifier.get(), token.get())) {
      case Decided decided -> conclude(decided, next);
      case Awaited(CompletionStage<Decided> decision) -> {
        awaited = true;
        session.client().hold();
        session.updateReading();
        decision.thenAccept(
            decided -> session.eventLoop().execute(() -> concludeLate(decided, next)));
        yield session.phase();
      }
    };
  }

  /** Client secrets are for SDKs, which have them of the SDKs' own call. */
  private Verification verify(TokenVerifier verifier, String token) {
    Optional<Decided> secret =
        manner.commands() ? Optional.empty() : services.clientSecrets().verify(token);
    return secret.isPresent() ? secret.get() : verifier.verify(token);
  }

  private void concludeLate(Decided decided, Supplier<Phase> next) {
    awaited = false;
    if (!session.isOver()) {
      session.moveTo(conclude(decided, next));
      session.client().resume();
      session.updateReading();
    }
  }

  private Phase conclude(Decided decided, Supplier<Phase> next) {
    switch (decided) {
      // Since a token whose key was waited for was verified, it may have been revoked.
      case Verified(User claimed, var _) when isRevoked(claimed) -> reject("jwt revoked");
      case Verified(User claimed, var setUp) when isSameUser(claimed) -> {
        wish = setUp;
        welcome(claimed);
        return next.get();
      }
      case Verified another -> reject("another user's token");
      case Rejected(String error) -> reject(error);
      case Unavailable(String error) -> putOff(error);
    }
    return session.phase();
  }

  private boolean isRevoked(User claimed) {
    return services.revocations().cover(claimed);
  }

  /** A later token renews the session; it cannot hand it to somebody else. */
  private boolean isSameUser(User claimed) {
    return user.isEmpty() || user.get().id().equals(claimed.id());
  }

  private void welcome(User verified) {
    if (user.isEmpty()) {
      session.welcome(verified);
    }
    user = Optional.of(verified);
    recordAtMostOnceASecond(new SecurityEvent.AuthSuccess(session.ip(), verified.id()));
    if (manner.commands()) {
      session.answer(Replies.AUTH_SUCCESS);
    }
    expiry.restart(
        verified.expiry().map(until -> Duration.between(services.clock().instant(), until)));
  }

  /** For what a client can make happen as often as it likes without being ended. */
  private void recordAtMostOnceASecond(SecurityEvent event) {
    long now = System.nanoTime();
    Long last = lastRecorded.get(event.getClass());
    if (last == null || now - last > TimeUnit.SECONDS.toNanos(1)) {
      lastRecorded.put(event.getClass(), now);
      session.record(event);
    }
  }

  private void reject(String error) {
    session.record(new SecurityEvent.AuthFailedInvalidToken(session.ip(), error));
    session.refuse(manner.invalidToken());
  }

  /** Who is in already stays in: only the renewal has to be tried again. */
  private void putOff(String error) {
    recordAtMostOnceASecond(new SecurityEvent.AuthUnavailable(session.ip(), error));
    if (user.isPresent()) {
      session.answer(manner.verificationUnavailable().message());
    } else {
      session.refuse(manner.verificationUnavailable());
    }
  }

  private void onExpiring() {
    session.answer(
        Replies.gatewayError(
            "token_expiring",
            "Your token expires in 30 seconds. Send authenticate with a fresh one to go on."));
  }

  /** Ends the session where its token, or its user, has been revoked since. */
  void endIfRevoked() {
    if (user.isPresent() && isRevoked(user.get())) {
      session.record(new SecurityEvent.AuthRevoked(session.ip(), user.get().id()));
      session.refuse(manner.tokenRevoked());
    }
  }

  /** The session is over, and nothing ends any more. */
  void end() {
    expiry.cancel();
  }
}
