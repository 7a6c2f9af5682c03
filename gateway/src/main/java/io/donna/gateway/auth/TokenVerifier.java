package io.donna.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.Secret;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Checks JWTs (RFC 7519) signed by HMAC with any of the configured secrets (RFC 7518, 3.2). Safe
 * from any thread; takes microseconds and asks nobody, so it runs on the event loop.
 */
public final class TokenVerifier {
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(JWSAlgorithm.HS256, JWSAlgorithm.HS384, JWSAlgorithm.HS512);

  /** How far an issuer's clock may be ahead of ours before its tokens are not yet valid. */
  private static final Duration ISSUER_AHEAD = Duration.ofSeconds(30);

  private final List<JWSVerifier> verifiers = new ArrayList<>();
  private final Clock clock;

  public TokenVerifier(List<Secret> secrets, Clock clock) {
    this.clock = clock;
    for (Secret secret : secrets) {
      try {
        verifiers.add(new MACVerifier(secret.bytes()));
      } catch (JOSEException tooShort) {
        throw new IllegalArgumentException("an HMAC secret takes at least 32 bytes", tooShort);
      }
    }
  }

  public Verification verify(String token) {
    SignedJWT jwt;
    try {
      jwt = SignedJWT.parse(token);
    } catch (ParseException | RuntimeException malformed) {
      return new Rejected("jwt malformed");
    }
    if (!ALGORITHMS.contains(jwt.getHeader().getAlgorithm())) {
      return new Rejected("invalid algorithm");
    }
    if (!isSigned(jwt)) {
      return new Rejected("invalid signature");
    }
    // What it claims is read only now: nobody but a signer can make us parse it.
    try {
      return checkTimes(jwt.getJWTClaimsSet());
    } catch (ParseException | RuntimeException malformed) {
      return new Rejected("jwt malformed");
    }
  }

  private boolean isSigned(SignedJWT jwt) {
    JWSHeader header = jwt.getHeader();
    byte[] input = jwt.getSigningInput();
    boolean signed = false;
    for (JWSVerifier verifier : verifiers) {
      try {
        signed |=
            verifier.supportedJWSAlgorithms().contains(header.getAlgorithm())
                && verifier.verify(header, input, jwt.getSignature());
      } catch (JOSEException unusable) {
        // This secret cannot have made the signature; another may.
      }
    }
    return signed;
  }

  private Verification checkTimes(JWTClaimsSet claims) {
    Instant now = clock.instant();
    Optional<Instant> expiry = Optional.ofNullable(claims.getExpirationTime()).map(Date::toInstant);
    if (expiry.isPresent() && !expiry.get().isAfter(now)) {
      return new Rejected("jwt expired");
    }
    Date notBefore = claims.getNotBeforeTime();
    if (notBefore != null && notBefore.toInstant().isAfter(now.plus(ISSUER_AHEAD))) {
      return new Rejected("jwt not active");
    }
    return new Verified(new User(userId(claims), expiry));
  }

  private static String userId(JWTClaimsSet claims) {
    String subject = claims.getSubject();
    if (subject != null && !subject.isEmpty()) {
      return subject;
    }
    Object userId = claims.getClaim("userId");
    return switch (userId) {
      case String name when !name.isEmpty() -> name;
      case Number number -> number.toString();
      case null, default -> "unknown";
    };
  }
}
