package io.donna.gateway.auth;

import com.nimbusds.jose.JWSAlgorithm;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Set;

/**
 * Signatures of Ed25519 (RFC 8037, 3.1) by the JDK, which has had them since 15; nimbus would have
 * them by a further library. Safe from any thread.
 */
record Ed25519(PublicKey key) implements VerificationKey.SignatureCheck {
  /** The name of RFC 8037, and the one by which RFC 9864 tells it from Ed448. */
  static final Set<JWSAlgorithm> NAMES = Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);

  /** What stands before the 32 bytes in a SubjectPublicKeyInfo (RFC 8410, 4). */
  private static final byte[] SPKI_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private static final int KEY_BYTES = 32;

  /** The key whose 32 bytes these are. */
  Ed25519(byte[] bytes) {
    this(decode(bytes));
  }

  private static PublicKey decode(byte[] bytes) {
    if (bytes.length != KEY_BYTES) {
      throw new IllegalArgumentException("an Ed25519 key has 32 bytes");
    }
    byte[] encoded = new byte[SPKI_PREFIX.length + KEY_BYTES];
    System.arraycopy(SPKI_PREFIX, 0, encoded, 0, SPKI_PREFIX.length);
    System.arraycopy(bytes, 0, encoded, SPKI_PREFIX.length, KEY_BYTES);
    try {
      return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    } catch (GeneralSecurityException notAPoint) {
      throw new IllegalArgumentException("not a point of the curve", notAPoint);
    }
  }

  @Override
  public boolean holds(JWSAlgorithm algorithm, byte[] signed, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(signed);
      return verifier.verify(signature);
    } catch (GeneralSecurityException malformed) {
      return false;
    }
  }
}
