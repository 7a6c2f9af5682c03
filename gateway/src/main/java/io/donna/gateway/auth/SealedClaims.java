package io.donna.gateway.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tokens of the gateway's own, encrypted (JWE with {@code dir} and {@code A256GCM}: RFC 7516, 7.1;
 * RFC 7518, 4.5 and 5.3), so that whoever holds one learns nothing from it. Its keys are derived
 * for one purpose: a token of another purpose is none of this. Any gateway with the same secrets
 * accepts them. Safe from any thread.
 */
final class SealedClaims {
  private static final String CIPHER = "AES/GCM/NoPadding";

  /** Looking one up costs more than the encryption of a small session. */
  private static final ThreadLocal<Cipher> CIPHERS =
      ThreadLocal.withInitial(SealedClaims::newCipher);

  private static final int IV_BYTES = 12;
  private static final int TAG_BYTES = 16;

  private final List<SecretKeySpec> keys;
  private final byte[] header;

  /** The beginning of the compact form; the encrypted key is empty, as it is not sent. */
  private final String beginning;

  private final SecureRandom random = new SecureRandom();

  /**
   * Tokens of one purpose.
   *
   * @param roots the secrets that keys are derived from: the first encrypts, any decrypts
   * @param type the media type in the only header: nothing from a stranger is parsed before it is
   *     authenticated
   */
  SealedClaims(List<byte[]> roots, String purpose, String type) {
    this.keys =
        roots.stream().map(root -> new SecretKeySpec(derive(root, purpose), "AES")).toList();
    String encoded =
        encode(
            ("{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"typ\":\"" + type + "\"}")
                .getBytes(StandardCharsets.US_ASCII));
    this.header = encoded.getBytes(StandardCharsets.US_ASCII);
    this.beginning = encoded + "..";
  }

  /** A key of {@code root} for one purpose. */
  static byte[] derive(byte[] root, String purpose) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(root, "HmacSHA256"));
      return mac.doFinal(purpose.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  /** Encrypts {@code claims} into a token in ASCII. */
  String seal(ObjectNode claims) {
    byte[] iv = new byte[IV_BYTES];
    random.nextBytes(iv);
    try {
      byte[] sealed =
          cipher(Cipher.ENCRYPT_MODE, keys.getFirst(), iv)
              .doFinal(claims.toString().getBytes(StandardCharsets.UTF_8));
      int length = sealed.length - TAG_BYTES;
      return beginning
          + encode(iv)
          + "."
          + encode(Arrays.copyOf(sealed, length))
          + "."
          + encode(Arrays.copyOfRange(sealed, length, sealed.length));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + CIPHER, e);
    }
  }

  /** Whether {@code token} claims to be of this purpose. */
  boolean isOfType(String token) {
    return token.startsWith(beginning);
  }

  /**
   * The decrypted claims of a token {@link #isOfType}; empty if none of the keys encrypted them.
   */
  Optional<byte[]> open(String token) {
    if (token.length() > Jws.MAX_CHARACTERS) {
      return Optional.empty();
    }
    String[] parts = token.substring(beginning.length()).split("\\.", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    byte[] iv = Jws.decode(parts[0]);
    byte[] text = Jws.decode(parts[1]);
    byte[] tag = Jws.decode(parts[2]);
    if (iv == null
        || iv.length != IV_BYTES
        || text == null
        || tag == null
        || tag.length != TAG_BYTES) {
      return Optional.empty();
    }
    for (SecretKeySpec key : keys) {
      try {
        Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, iv);
        byte[] sealed = Arrays.copyOf(text, text.length + TAG_BYTES);
        System.arraycopy(tag, 0, sealed, text.length, TAG_BYTES);
        return Optional.of(cipher.doFinal(sealed));
      } catch (AEADBadTagException another) {
        // Another key may have encrypted it.
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java platform has " + CIPHER, e);
      }
    }
    return Optional.empty();
  }

  private static Cipher newCipher() {
    try {
      return Cipher.getInstance(CIPHER);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + CIPHER, e);
    }
  }

  private Cipher cipher(int mode, SecretKeySpec key, byte[] iv) throws GeneralSecurityException {
    Cipher cipher = CIPHERS.get();
    cipher.init(mode, key, new GCMParameterSpec(8 * TAG_BYTES, iv));
    cipher.updateAAD(header);
    return cipher;
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
