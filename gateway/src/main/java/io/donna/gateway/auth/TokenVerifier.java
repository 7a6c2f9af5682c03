package io.donna.gateway.auth;

import com.nimbusds.jose.JWSAlgorithm;
import io.donna.gateway.auth.Verification.Awaited;
import io.donna.gateway.auth.Verification.Decided;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Unavailable;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.TokenRules;
import java.time.Clock;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Verifies JWTs (RFC 7519): format, signature, then claims. Safe from any thread; usually takes
 * less than a millisecond without I/O, so it runs on the event loop. If trying several keys takes
 * longer, or no key of the key set may have signed the token, the result is delivered later.
 */
public final class TokenVerifier {
  private static final String TOO_MANY = "too many tokens to verify";

  private final KeySet ownKeys;
  private final Optional<RemoteKeySet> remoteKeys;
  private final TokenRules rules;
  private final Revocations revocations;
  private final LateChecks late;
  private final Clock clock;

  /**
   * A verifier with these keys.
   *
   * @param ownKeys keys known from the start: secrets and the public keys of a file
   * @param remoteKeys the published keys of an identity provider
   * @param late runs checks that take too long for an event loop
   */
  TokenVerifier(
      KeySet ownKeys,
      Optional<RemoteKeySet> remoteKeys,
      TokenRules rules,
      Revocations revocations,
      LateChecks late,
      Clock clock) {
    this.ownKeys = ownKeys;
    this.remoteKeys = remoteKeys;
    this.rules = rules;
    this.revocations = revocations;
    this.late = late;
    this.clock = clock;
  }

  public Verification verify(String token) {
    Optional<Jws> jws = Jws.read(token);
    Optional<Rejected> fault = faultOfForm(jws);
    if (fault.isPresent()) {
      return fault.get();
    }
    Candidates candidates = candidates(jws.orElseThrow());
    if (candidates.areQuick()) {
      return conclude(candidates, candidates.signer());
    }
    Optional<VerificationKey> remembered = late.remembered(candidates);
    if (remembered.isPresent()) {
      return decide(candidates, remembered);
    }
    return late.signer(candidates)
        .<Verification>map(signer ->
            new Awaited(
                signer.thenCompose(found ->
                    switch (conclude(candidates, found)) {
                      case Decided decided -> CompletableFuture.completedFuture(decided);
                      case Awaited(var decision) -> decision;
                    })))
        .orElseGet(() -> new Unavailable(TOO_MANY));
  }

  /**
   * As {@link #verify}, with the keys at hand: fetches none, and queues no work.
   *
   * @return empty if verification requires that
   */
  public Optional<Decided> verifyAtOnce(String token) {
    Optional<Jws> jws = Jws.read(token);
    Optional<Rejected> fault = faultOfForm(jws);
    if (fault.isPresent()) {
      return Optional.of(fault.get());
    }
    Candidates candidates = candidates(jws.orElseThrow());
    return candidates.areQuick()
        ? Optional.of(decide(candidates, candidates.signer()))
        : Optional.empty();
  }

  private Optional<Rejected> faultOfForm(Optional<Jws> jws) {
    if (jws.isEmpty() || jws.get().isForSomethingElse()) {
      return Optional.of(new Rejected("jwt malformed"));
    }
    return isAllowed(jws.get().algorithm())
        ? Optional.empty()
        : Optional.of(new Rejected("invalid algorithm"));
  }

  /** If no known key signed the token, fetches newer keys, as one may have been published since. */
  private Verification conclude(Candidates candidates, Optional<VerificationKey> signer) {
    return signer.isEmpty()
            && remoteKeys.isPresent()
            && isUnknownTo(remoteKeys.get().keys(), candidates.token())
        ? askForNewerKeys(candidates.token(), remoteKeys.get())
        : decide(candidates, signer);
  }

  private boolean isAllowed(JWSAlgorithm algorithm) {
    return TokenRules.ALGORITHMS.contains(algorithm.getName())
        && (rules.algorithms().isEmpty() || rules.algorithms().contains(algorithm.getName()));
  }

  private Candidates candidates(Jws jws) {
    return Candidates.of(
        jws, remoteKeys.isPresent() ? List.of(ownKeys, remoteKeys.get().keys()) : List.of(ownKeys));
  }

  /** Whether no key of the set may have signed it; never for HMAC, as secrets are not published. */
  private static boolean isUnknownTo(KeySet keys, Jws jws) {
    return !JWSAlgorithm.Family.HMAC_SHA.contains(jws.algorithm()) && !keys.mayKnow(jws);
  }

  private Verification askForNewerKeys(Jws jws, RemoteKeySet remote) {
    CompletableFuture<Decided> decision =
        remote
            .newer(() -> !isUnknownTo(remote.keys(), jws))
            .thenCompose(renewal ->
                isUnknownTo(remote.keys(), jws)
                    ? decideWithoutKey(jws, renewal)
                    : decideByNewerKeys(candidates(jws)));
    return decision.isDone() ? decision.join() : new Awaited(decision);
  }

  /** Only keys that were fetched after the token arrived refuse it for good. */
  private CompletionStage<Decided> decideWithoutKey(Jws jws, RemoteKeySet.Renewal renewal) {
    return switch (renewal) {
      case DONE -> decideByNewerKeys(candidates(jws));
      case FAILED -> CompletableFuture.completedFuture(new Unavailable("key set unavailable"));
      case NOT_YET ->
          CompletableFuture.completedFuture(new Unavailable("key set fetched a moment ago"));
    };
  }

  /** May run on an event loop, if the keys were fetched a moment ago. */
  private CompletionStage<Decided> decideByNewerKeys(Candidates candidates) {
    if (candidates.areQuick()) {
      return CompletableFuture.completedFuture(decide(candidates, candidates.signer()));
    }
    return late.signer(candidates)
        .map(signer -> signer.thenApply(found -> decide(candidates, found)))
        .orElseGet(() -> CompletableFuture.completedFuture(new Unavailable(TOO_MANY)));
  }

  private Decided decide(Candidates candidates, Optional<VerificationKey> signer) {
    if (signer.isEmpty()) {
      return new Rejected(
          candidates.complete()
              ? "invalid signature"
              : "invalid signature by the first " + Candidates.MOST + " keys that it may be of");
    }
    Jws jws = candidates.token();
    // Claims are parsed only now, so that only a signer can make the gateway parse them.
    try {
      Claims claims = Claims.read(jws.payload());
      Optional<String> fault = faultOf(claims, signer.get());
      if (fault.isPresent()) {
        return new Rejected(fault.get());
      }
      User user = user(claims);
      return revocations
          .objectionTo(user)
          .<Decided>map(Rejected::new)
          .orElseGet(() -> new Verified(user));
    } catch (MalformedClaim malformed) {
      return new Rejected("jwt malformed");
    }
  }

  /** The fault in the claims of a validly signed token, for the log. */
  private Optional<String> faultOf(Claims claims, VerificationKey signer) {
    Instant now = clock.instant();
    // An issuer's clock may be ahead of the gateway's. The expiry has no such leeway, as it alone
    // limits the use of a stolen token.
    Instant latest = now.plus(rules.clockSkew());
    if (claims.expiry().isEmpty() && rules.requireExpiry()) {
      return Optional.of("jwt without expiry");
    }
    if (claims.expiry().isPresent() && !claims.expiry().get().isAfter(now)) {
      return Optional.of("jwt expired");
    }
    if (claims.notBefore().isPresent() && claims.notBefore().get().isAfter(latest)) {
      return Optional.of("jwt not active");
    }
    if (claims.issuedAt().isPresent() && claims.issuedAt().get().isAfter(latest)) {
      return Optional.of("jwt issued in the future");
    }
    Set<String> issuers = signer.issuer().map(Set::of).orElse(rules.issuers());
    if (!issuers.isEmpty() && claims.issuer().filter(issuers::contains).isEmpty()) {
      return Optional.of("jwt issuer invalid");
    }
    Set<String> audiences = rules.audiences();
    if (!audiences.isEmpty() && Collections.disjoint(claims.audience(), audiences)) {
      return Optional.of("jwt audience invalid");
    }
    return rules.requiredClaims().stream().allMatch(claims::has)
        ? Optional.empty()
        : Optional.of("jwt lacks a required claim");
  }

  private User user(Claims claims) throws MalformedClaim {
    return new User(
        claims.userId(),
        claims.expiry(),
        claims.issuedAt(),
        claims.id().map(Set::of).orElse(Set.of()),
        GrantsReader.read(claims.all()).grants().resolve(rules.modelAliases()));
  }
}
