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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Checks JWTs (RFC 7519): form, signature, then claims. Safe from any thread; takes microseconds
 * and asks nobody, so it runs on the event loop. Only where a key set has no key that may have
 * signed a token is a newer one asked for, and the answer comes later.
 */
public final class TokenVerifier {
  private final KeySet ownKeys;
  private final Optional<RemoteKeySet> remoteKeys;
  private final TokenRules rules;
  private final Revocations revocations;
  private final Clock clock;

  /**
   * A verifier by these keys.
   *
   * @param ownKeys those that are known from the start: secrets and public keys of a file
   * @param remoteKeys those that an identity provider publishes
   */
  TokenVerifier(
      KeySet ownKeys,
      Optional<RemoteKeySet> remoteKeys,
      TokenRules rules,
      Revocations revocations,
      Clock clock) {
    this.ownKeys = ownKeys;
    this.remoteKeys = remoteKeys;
    this.rules = rules;
    this.revocations = revocations;
    this.clock = clock;
  }

  public Verification verify(String token) {
    Optional<Jws> read = Jws.read(token);
    if (read.isEmpty() || read.get().isForSomethingElse()) {
      return new Rejected("jwt malformed");
    }
    Jws jws = read.get();
    if (!isAllowed(jws.algorithm())) {
      return new Rejected("invalid algorithm");
    }
    Optional<VerificationKey> signer = signerOf(jws);
    if (signer.isEmpty() && remoteKeys.isPresent() && isUnknownTo(remoteKeys.get().keys(), jws)) {
      return askForNewerKeys(jws, remoteKeys.get());
    }
    return decide(jws, signer);
  }

  private boolean isAllowed(JWSAlgorithm algorithm) {
    return TokenRules.ALGORITHMS.contains(algorithm.getName())
        && (rules.algorithms().isEmpty() || rules.algorithms().contains(algorithm.getName()));
  }

  private Optional<VerificationKey> signerOf(Jws jws) {
    return ownKeys
        .signerOf(jws)
        .or(() -> remoteKeys.flatMap(remote -> remote.keys().signerOf(jws)));
  }

  /** Nobody publishes secrets: for HMAC no key set needs to be asked. */
  private static boolean isUnknownTo(KeySet keys, Jws jws) {
    return !JWSAlgorithm.Family.HMAC_SHA.contains(jws.algorithm()) && !keys.mayKnow(jws);
  }

  private Verification askForNewerKeys(Jws jws, RemoteKeySet remote) {
    CompletableFuture<Decided> decision =
        remote
            .newer()
            .thenApply(fetched ->
                fetched || !isUnknownTo(remote.keys(), jws)
                    ? decide(jws, signerOf(jws))
                    : new Unavailable("key set unavailable"));
    return decision.isDone() ? decision.join() : new Awaited(decision);
  }

  private Decided decide(Jws jws, Optional<VerificationKey> signer) {
    if (signer.isEmpty()) {
      return new Rejected("invalid signature");
    }
    // What it claims is read only now: nobody but a signer can make us parse it.
    try {
      Claims claims = Claims.read(jws.payload());
      Optional<String> fault = faultOf(claims, signer.get());
      if (fault.isPresent()) {
        return new Rejected(fault.get());
      }
      User user = user(claims);
      return revocations.cover(user) ? new Rejected("jwt revoked") : new Verified(user);
    } catch (MalformedClaim malformed) {
      return new Rejected("jwt malformed");
    }
  }

  /** What is wrong with a token that a key of ours signed, in words for the log. */
  private Optional<String> faultOf(Claims claims, VerificationKey signer) {
    Instant now = clock.instant();
    // An issuer's clock may be ahead of ours. A token's end has no such leeway: it is the one time
    // that limits what a stolen token is good for.
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

  private static User user(Claims claims) throws MalformedClaim {
    return new User(
        claims.userId(),
        claims.expiry(),
        claims.issuedAt(),
        claims.id().map(Set::of).orElse(Set.of()),
        GrantsReader.read(claims.all()).grants());
  }
}
