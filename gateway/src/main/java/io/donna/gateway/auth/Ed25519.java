package io.donna.gateway.auth;

import com.nimbusds.jose.JWSAlgorithm;
import java.util.Set;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/**
 * Verifies Ed25519 signatures (RFC 8037, 3.1) with Bouncy Castle: 0.1 ms of the event loop each,
 * where the JDK takes 0.7 ms (TokenVerifierBenchmark). Safe from any thread.
 */
record Ed25519(Ed25519PublicKeyParameters key) implements VerificationKey.SignatureCheck {
  /** The name of RFC 8037, and that of RFC 9864, which distinguishes it from Ed448. */
  static final Set<JWSAlgorithm> NAMES = Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);

  /**
   * A key from its 32 bytes.
   *
   * @throws IllegalArgumentException if they are not a key
   */
  Ed25519(byte[] bytes) {
    this(new Ed25519PublicKeyParameters(bytes));
  }

  @Override
  public boolean holds(JWSAlgorithm algorithm, byte[] signed, byte[] signature) {
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(false, key);
    signer.update(signed, 0, signed.length);
    return signer.verifySignature(signature);
  }
}
