package io.donna.gateway.auth;

import com.nimbusds.jose.JWSAlgorithm;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Verifies HMAC signatures (RFC 7518, 3.2). Keeps an initialised {@link Mac} per thread: looking
 * one up for each token, as nimbus does, costs more time and garbage than the digest. Safe from any
 * thread.
 */
final class Hmac implements VerificationKey.SignatureCheck {
  /** The least length of the secret, in bytes, and the name of the MAC. */
  private record Variant(int leastBytes, String name) {}

  private static final Map<JWSAlgorithm, Variant> VARIANTS =
      Map.of(
          JWSAlgorithm.HS256, new Variant(32, "HmacSHA256"),
          JWSAlgorithm.HS384, new Variant(48, "HmacSHA384"),
          JWSAlgorithm.HS512, new Variant(64, "HmacSHA512"));

  private final Map<JWSAlgorithm, ThreadLocal<Mac>> macs = new HashMap<>();

  /**
   * With this secret.
   *
   * @throws IllegalArgumentException if it is too short for any algorithm
   */
  Hmac(byte[] secret) {
    VARIANTS.forEach((algorithm, variant) -> {
      if (secret.length >= variant.leastBytes) {
        SecretKeySpec key = new SecretKeySpec(secret, variant.name);
        macs.put(algorithm, ThreadLocal.withInitial(() -> mac(key)));
      }
    });
    if (macs.isEmpty()) {
      throw new IllegalArgumentException("an HMAC secret must have at least 32 bytes");
    }
  }

  private static Mac mac(SecretKeySpec key) {
    try {
      Mac mac = Mac.getInstance(key.getAlgorithm());
      mac.init(key);
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + key.getAlgorithm(), e);
    }
  }

  /** The algorithms for which the secret is long enough. */
  Set<JWSAlgorithm> algorithms() {
    return Set.copyOf(macs.keySet());
  }

  @Override
  public boolean holds(JWSAlgorithm algorithm, byte[] signed, byte[] signature) {
    ThreadLocal<Mac> mac = macs.get(algorithm);
    return mac != null && MessageDigest.isEqual(mac.get().doFinal(signed), signature);
  }
}
