package io.donna.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.donna.gateway.config.Secret;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.Map;

/** Signs HS256 tokens for tests and operators; applications sign their own. */
public final class TokenMint {
  private final Secret secret;
  private final Clock clock;

  public TokenMint(Secret secret, Clock clock) {
    this.secret = secret;
    this.clock = clock;
  }

  public String mint(String subject, Duration timeToLive, Map<String, Object> claims) {
    JWTClaimsSet.Builder set = new JWTClaimsSet.Builder();
    claims.forEach(set::claim);
    set.subject(subject)
        .issueTime(Date.from(clock.instant()))
        .expirationTime(Date.from(clock.instant().plus(timeToLive)));
    SignedJWT jwt = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), set.build());
    try {
      jwt.sign(new MACSigner(secret.bytes()));
    } catch (JOSEException tooShort) {
      throw new IllegalArgumentException("an HMAC secret must have at least 32 bytes", tooShort);
    }
    return jwt.serialize();
  }
}
