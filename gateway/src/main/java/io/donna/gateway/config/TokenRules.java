package io.donna.gateway.config;

import java.time.Duration;
import java.util.Set;

/**
 * What a token must say beside having a signature that holds. An empty set asks for nothing.
 *
 * @param algorithms those allowed; where empty, those that the keys are for
 * @param issuers of which its {@code iss} must be one; keys of an OpenID provider are for its own
 *     tokens only, whatever stands here
 * @param audiences of which its {@code aud} must have one
 * @param requiredClaims claims that it must have
 * @param requireExpiry whether it must have an {@code exp}
 * @param clockSkew how far its issuer's clock may be ahead of ours
 */
public record TokenRules(
    Set<String> algorithms,
    Set<String> issuers,
    Set<String> audiences,
    Set<String> requiredClaims,
    boolean requireExpiry,
    Duration clockSkew) {
  /** RFC 7518, 3.1; RFC 8037; RFC 9864. */
  public static final Set<String> ALGORITHMS =
      Set.of(
          "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
          "ES384", "ES512", "EdDSA", "Ed25519");

  /** What is asked for where the settings ask for nothing. */
  public static final TokenRules USUAL =
      new TokenRules(Set.of(), Set.of(), Set.of(), Set.of(), false, Duration.ofSeconds(30));
}
