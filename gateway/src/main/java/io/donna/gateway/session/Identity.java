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
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who the client of a session is: proven by a token, renewed by later ones, and over when the token
 * is. Confined to the session's event loop.
 */
final class Identity {
  /** Verifying a token is work that a client must not be able to order as it likes. */
  private static final int RENEWALS_A_MINUTE = 10;

  private final Session session;
  private final Services services;
  private final EndpointMode mode;
  private final TokenExpiry expiry;
  private final CommandRateLimit renewals = new CommandRateLimit(RENEWALS_A_MINUTE);

  private Optional<TokenChain> tokens = Optional.empty();
  private Optional<ObjectNode> wish = Optional.empty();
  private boolean awaited;
  private boolean unknown;

  Identity(Session session, Services services, EndpointMode mode) {
    this.session = session;
    this.services = services;
    this.mode = mode;
    this.expiry =
        new TokenExpiry(
            session.eventLoop(),
            mode.commands() ? Optional.of(this::onExpiring) : Optional.empty(),
            () -> session.refuse(mode.tokenExpired()));
  }

  /** Empty until it is proven, and where no authentication is configured. */
  Optional<User> user() {
    return tokens.map(TokenChain::together);
  }

  /** The session has begun without a token, and nothing that it does is put down to a user. */
  void remainUnknown() {
    unknown = true;
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
    if (unknown) {
      session.refuseMessage(
          Replies.gatewayError(
              "authentication_too_late",
              "This session has begun without a token: send authenticate first."));
      return session.phase();
    }
    if (token.isEmpty()) {
      session.recordAtMostOnceASecond(new SecurityEvent.AuthFailedNoToken(session.ip()));
      if (mode.commands()) {
        session.refuseMessage(Replies.TOKEN_REQUIRED);
      } else {
        session.refuse(mode.invalidToken());
      }
      return session.phase();
    }
    if (tokens.isPresent() && !renewals.allow()) {
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
        mode.commands() ? Optional.empty() : services.clientSecrets().verify(token);
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
      case Verified(User claimed, var setUp) when tokens.isEmpty() -> {
        wish = setUp;
        session.welcome(claimed);
        accept(TokenChain.of(claimed));
        return next.get();
      }
      case Verified(User claimed, var _) when tokens.get().together().id().equals(claimed.id()) -> {
        renew(claimed, tokens.get());
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

  /**
   * A later token can only take from what the session may; one that cannot join changes nothing.
   */
  private void renew(User claimed, TokenChain before) {
    Instant now = services.clock().instant();
    if (!before.takes(claimed)) {
      refuseRenewal("The token is of another tier or tenant.");
    } else if (before.isFull(now)) {
      session.answer(
          Replies.gatewayError(
              "too_many_renewals",
              "%d tokens that renewed this session are still valid. Renew it when one has expired."
                  .formatted(TokenChain.MOST)));
    } else {
      TokenChain renewed = before.renewedBy(claimed, now);
      Optional<String> refusal = session.narrow(renewed.together());
      refusal.ifPresentOrElse(this::refuseRenewal, () -> accept(renewed));
    }
  }

  private void refuseRenewal(String why) {
    session.recordAtMostOnceASecond(
        new SecurityEvent.AuthFailedInvalidToken(session.ip(), "renewal refused"));
    session.answer(
        Replies.gatewayError(
            "renewal_refused", why + " The session goes on until its own token expires."));
  }

  private void accept(TokenChain chain) {
    tokens = Optional.of(chain);
    User user = chain.together();
    session.recordAtMostOnceASecond(new SecurityEvent.AuthSuccess(session.ip(), user.id()));
    if (mode.commands()) {
      session.answer(Replies.AUTH_SUCCESS);
    }
    expiry.restart(user.expiry().map(until -> Duration.between(services.clock().instant(), until)));
  }

  private void reject(String error) {
    session.record(new SecurityEvent.AuthFailedInvalidToken(session.ip(), error));
    session.refuse(mode.invalidToken());
  }

  /** Who is in already stays in: only the renewal has to be tried again. */
  private void putOff(String error) {
    session.recordAtMostOnceASecond(new SecurityEvent.AuthUnavailable(session.ip(), error));
    if (tokens.isPresent()) {
      session.answer(mode.verificationUnavailable().message());
    } else {
      session.refuse(mode.verificationUnavailable());
    }
  }

  private void onExpiring(Duration left) {
    long seconds = left.plusMillis(999).toSeconds();
    session.answer(
        Replies.gatewayError(
            "token_expiring",
            "Your token expires in %d second%s. Send authenticate with a fresh one to go on."
                .formatted(seconds, seconds == 1 ? "" : "s")));
  }

  /** Ends the session where its token, or its user, has been revoked since. */
  void endIfRevoked() {
    if (user().filter(this::isRevoked).isPresent()) {
      session.record(new SecurityEvent.AuthRevoked(session.ip(), user().orElseThrow().id()));
      session.refuse(mode.tokenRevoked());
    }
  }

  /** The session is over, and nothing ends any more. */
  void end() {
    expiry.cancel();
  }
}
