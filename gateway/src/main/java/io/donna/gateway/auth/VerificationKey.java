package io.donna.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import io.donna.gateway.config.Secret;
import java.math.BigInteger;
import java.security.interfaces.RSAPublicKey;
import java.util.Optional;
import java.util.Set;

/**
 * A key that verifies tokens, with its permitted algorithms: a key has one family of algorithms, so
 * that no token can make a public key be used as a secret. Safe from any thread.
 *
 * @param id must equal a token's {@code kid} if both are present
 * @param algorithms the algorithms that it verifies
 * @param issuer the only issuer whose tokens it verifies, if it is bound to one
 * @param micros the approximate time of a check, without the digest
 */
record VerificationKey(
    Optional<String> id,
    Set<JWSAlgorithm> algorithms,
    SignatureCheck check,
    Optional<String> issuer,
    int micros) {
  /** Tests whether this key made a signature. */
  @FunctionalInterface
  interface SignatureCheck {
    boolean holds(JWSAlgorithm algorithm, byte[] signed, byte[] signature);
  }

  /** The minimum of NIST SP 800-131A: breaking shorter keys is within reach. */
  private static final int SHORTEST_RSA_BITS = 2_048;

  /** A check with a longer key takes milliseconds; no issuer uses one. */
  private static final int LONGEST_RSA_BITS = 8_192;

  /** In practice, the exponent is 65537. With one as long as the modulus, a check takes 50 ms. */
  private static final int LONGEST_EXPONENT_BITS = 32;

  private static final int HMAC_MICROS = 5;
  private static final int ED25519_MICROS = 100;
  private static final int RSA_2048_MICROS = 62;

  private static final Set<JWSAlgorithm> RSA =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512);

  /** A secret of at least 32 bytes; HS384 and HS512 require 48 and 64 (RFC 7518, 3.2). */
  static VerificationKey ofSecret(Secret secret) {
    return ofSecret(secret.bytes());
  }

  static VerificationKey ofSecret(byte[] secret) {
    Hmac check = new Hmac(secret);
    return new VerificationKey(
        Optional.empty(), check.algorithms(), check, Optional.empty(), HMAC_MICROS);
  }

  /** A public key; empty if it cannot or must not verify tokens. */
  static Optional<VerificationKey> of(JWK key, Optional<String> issuer) {
    boolean forSignatures =
        (key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE))
            && (key.getKeyOperations() == null
                || key.getKeyOperations().contains(KeyOperation.VERIFY));
    if (!forSignatures) {
      return Optional.empty();
    }
    try {
      return switch (key) {
        case RSAKey rsa when isStrong(rsa.toRSAPublicKey()) ->
            of(key, RSA, by(new RSASSAVerifier(rsa.toRSAPublicKey())), issuer, micros(rsa));
        case ECKey ec ->
            Ecdsa.of(ec)
                .flatMap(check -> of(key, check.algorithms(), check, issuer, check.micros()));
        case OctetKeyPair pair when pair.getCurve().equals(Curve.Ed25519) ->
            of(key, Ed25519.NAMES, new Ed25519(pair.getDecodedX()), issuer, ED25519_MICROS);
        default -> Optional.empty();
      };
    } catch (JOSEException | RuntimeException unusable) {
      return Optional.empty();
    }
  }

  private static Optional<VerificationKey> of(
      JWK key,
      Set<JWSAlgorithm> family,
      SignatureCheck check,
      Optional<String> issuer,
      int micros) {
    Set<JWSAlgorithm> algorithms =
        key.getAlgorithm() == null
            ? family
            : Set.copyOf(
                family.stream()
                    .filter(algorithm -> algorithm.getName().equals(key.getAlgorithm().getName()))
                    .toList());
    return algorithms.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new VerificationKey(
                Optional.ofNullable(key.getKeyID()), algorithms, check, issuer, micros));
  }

  /** Checks size and exponent; an exponent of 1 would make every message its own signature. */
  private static boolean isStrong(RSAPublicKey key) {
    int bits = key.getModulus().bitLength();
    return bits >= SHORTEST_RSA_BITS
        && bits <= LONGEST_RSA_BITS
        && key.getPublicExponent().compareTo(BigInteger.TWO) > 0
        && key.getPublicExponent().bitLength() <= LONGEST_EXPONENT_BITS;
  }

  /** Proportional to the square of the length: 4,096 bits take four times as long as 2,048. */
  private static int micros(RSAKey key) throws JOSEException {
    int bits = key.toRSAPublicKey().getModulus().bitLength();
    return Math.ceilDiv(RSA_2048_MICROS * bits / SHORTEST_RSA_BITS * bits, SHORTEST_RSA_BITS);
  }

  private static SignatureCheck by(JWSVerifier verifier) {
    return (algorithm, signed, signature) -> {
      try {
        return verifier.verify(new JWSHeader(algorithm), signed, Base64URL.encode(signature));
      } catch (JOSEException unusable) {
        return false; // this key cannot have made the signature
      }
    };
  }

  /** Whether it may have signed {@code token}, by algorithm and key id. */
  boolean suits(Jws token) {
    return algorithms.contains(token.algorithm())
        && (id.isEmpty() || token.keyId().isEmpty() || id.equals(token.keyId()));
  }

  /** Whether the {@code kid} of {@code token} names this key. */
  boolean isNamedBy(Jws token) {
    return id.isPresent() && id.equals(token.keyId());
  }

  boolean signed(Jws token) {
    return check.holds(token.algorithm(), token.signed(), token.signature());
  }
}
