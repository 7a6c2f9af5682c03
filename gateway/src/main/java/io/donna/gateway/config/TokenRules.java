package io.donna.gateway.config;

import java.time.Duration;
import java.util.Set;

/**
 * Requirements on a token beside a valid signature, and how its claims are read. An empty set
 * requires nothing.
 *
 * @param algorithms the allowed algorithms; if empty, those of the keys
 * @param issuers the allowed values of {@code iss}; keys of an OpenID provider verify its own
 *     tokens only, whatever this says
 * @param audiences the {@code aud} must contain one of these
 * @param requiredClaims claims that must be present
 * @param requireExpiry whether {@code exp} must be present
 * @param clockSkew how far the issuer's clock may be ahead of the gateway's
 * @param modelAliases what the names of models in its claims mean
 */
public record TokenRules(
    Set<String> algorithms,
    Set<String> issuers,
    Set<String> audiences,
    Set<String> requiredClaims,
    boolean requireExpiry,
    Duration clockSkew,
    ModelAliases modelAliases) {
  /** RFC 7518, 3.1; RFC 8037; RFC 9864. */
  public static final Set<String> ALGORITHMS =
      Set.of(
          "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
          "ES384", "ES512", "EdDSA", "Ed25519");

  /** The defaults. */
  public static final TokenRules USUAL =
      new TokenRules(
          Set.of(), Set.of(), Set.of(), Set.of(), false, Duration.ofSeconds(30), ModelAliases.NONE);
}
