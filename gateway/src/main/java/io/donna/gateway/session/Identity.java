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
import io.donna.gateway.event.Replies;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * The authenticated identity of a session's client: established by a token, renewed by later
 * tokens, and ended when the token expires. Confined to the session's event loop.
 */
final class Identity {
  /** Limits renewals, as verifying a token takes processor time. */
  private static final int RENEWALS_A_MINUTE = 10;

  private final Session session;
  private final Services services;
  private final EndpointMode mode;
  private final TokenExpiry expiry;
  private final CommandRateLimit renewals = new CommandRateLimit(RENEWALS_A_MINUTE);

  private Optional<TokenChain> tokens = Optional.empty();
  private Optional<ObjectNode> requestedSession = Optional.empty();
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

  /** Empty before authentication and if none is configured. */
  Optional<User> user() {
    return tokens.map(TokenChain::together);
  }

  /** The session has begun without a token and will never have a user. */
  void remainUnknown() {
    unknown = true;
  }

  /** The session configuration from the client secret, if the token was one. */
  Optional<ObjectNode> requestedSession() {
    return requestedSession;
  }

  /** Whether a token's verification is pending, during which the client is not read. */
  boolean isAwaited() {
    return awaited;
  }

  /**
   * Authenticates the client by a token, or renews its authentication.
   *
   * @param next the phase after success
   * @return the next phase; the current one while the token's key is being fetched
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
      session.record(new SecurityEvent.AuthFailedNoToken(session.ip()));
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
    long begun = System.nanoTime();
    return switch (verify(verifier.get(), token.get())) {
      case Decided decided -> {
        verified(begun);
        yield conclude(decided, next);
      }
      case Awaited(CompletionStage<Decided> decision) -> {
        awaited = true;
        session.client().hold();
        session.updateReading();
        decision.thenAccept(decided -> {
          verified(begun);
          session.eventLoop().execute(() -> concludeLate(decided, next));
        });
        yield session.phase();
      }
    };
  }

  /**
   * Verifies a token. Client secrets are accepted on drop-in endpoints only, as they are for SDKs;
   * resume tokens in the gateway's own protocol only, as SDKs know none.
   */
  private Verification verify(TokenVerifier verifier, String token) {
    Optional<? extends Verification> own =
        mode.commands()
            ? services.resumeTokens().verify(token)
            : services.clientSecrets().verify(token);
    return own.isPresent() ? own.get() : verifier.verify(token);
  }

  private void verified(long begun) {
    services.telemetry().decisions().verified(System.nanoTime() - begun);
  }

  private void concludeLate(Decided decided, Supplier<Phase> next) {
    awaited = false;
    if (!session.isOver()) {
      session.moveTo(conclude(decided, next));
      session.client().resume();
      session.updateReading();
    }
  }

  /** Each way through writes one line: whoever tests a token is seen. */
  private Phase conclude(Decided decided, Supplier<Phase> next) {
    switch (decided) {
      // The token may have been revoked while its verification was pending.
      case Verified(User claimed, var _, var _) when isRevoked(claimed) ->
          reject(
              Optional.of(claimed),
              services.revocations().objectionTo(claimed).orElse("jwt revoked"));
      case Verified(User claimed, var setUp, var progress) when tokens.isEmpty() -> {
        requestedSession = setUp;
        session.welcome(claimed, progress);
        accept(TokenChain.of(claimed));
        return next.get();
      }
      case Verified(User claimed, var _, var progress) when progress.isPresent() ->
          reject(Optional.of(claimed), "resume token for a session that has begun");
      case Verified(User claimed, var _, var _)
          when tokens.get().together().id().equals(claimed.id()) -> {
        renew(claimed, tokens.get());
        return next.get();
      }
      case Verified(User another, var _, var _) ->
          reject(Optional.of(another), "another user's token");
      case Rejected(String error) -> reject(Optional.empty(), error);
      case Unavailable(String error) -> putOff(error);
    }
    return session.phase();
  }

  private boolean isRevoked(User claimed) {
    return services.revocations().cover(claimed);
  }

  /**
   * A later token can only reduce the session's permissions; one that cannot be applied changes
   * nothing.
   */
  private void renew(User claimed, TokenChain before) {
    Instant now = services.clock().instant();
    if (!before.takes(claimed)) {
      refuseRenewal(claimed, "The token is of another tier or tenant.");
    } else if (before.isFull(now)) {
      recordRefusal(Optional.of(claimed), "too many renewals");
      session.answer(
          Replies.gatewayError(
              "too_many_renewals",
              "%d tokens that renewed this session are still valid. Renew it when one has expired."
                  .formatted(TokenChain.MOST)));
    } else {
      TokenChain renewed = before.renewedBy(claimed, now);
      session
          .narrow(renewed.together())
          .ifPresentOrElse(why -> refuseRenewal(claimed, why), () -> accept(renewed));
    }
  }

  private void refuseRenewal(User claimed, String why) {
    recordRefusal(Optional.of(claimed), "renewal refused");
    session.answer(
        Replies.gatewayError(
            "renewal_refused", why + " The session goes on until its own token expires."));
  }

  private void accept(TokenChain chain) {
    tokens = Optional.of(chain);
    User user = chain.together();
    session.record(new SecurityEvent.AuthSuccess(session.ip(), user.id()));
    if (mode.commands()) {
      session.answer(Replies.AUTH_SUCCESS);
    }
    expiry.restart(user.expiry().map(until -> Duration.between(services.clock().instant(), until)));
  }

  private void reject(Optional<User> claimed, String error) {
    recordRefusal(claimed, error);
    session.refuse(mode.invalidToken());
  }

  private void recordRefusal(Optional<User> claimed, String error) {
    session.record(
        new SecurityEvent.AuthFailedInvalidToken(session.ip(), claimed.map(User::id), error));
  }

  /** An authenticated session continues; only the renewal must be retried. */
  private void putOff(String error) {
    session.record(new SecurityEvent.AuthUnavailable(session.ip(), error));
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

  /** Ends the session if its token or user has been revoked. */
  void endIfRevoked() {
    if (user().filter(this::isRevoked).isPresent()) {
      session.record(new SecurityEvent.AuthRevoked(session.ip(), user().orElseThrow().id()));
      session.refuse(mode.tokenRevoked());
    }
  }

  /** The session has ended; cancels the expiry of its token. */
  void end() {
    expiry.cancel();
  }
}
