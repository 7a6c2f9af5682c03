package io.donna.gateway.admin;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a sign-in must remember until the browser comes back from the identity provider. It is kept
 * in the browser itself, encrypted, so that no number of begun sign-ins takes memory here.
 *
 * @param state ties the provider's answer to this browser (RFC 6749, 10.12)
 * @param nonce ties the ID token to it (OpenID Connect Core, 3.1.2.1)
 * @param verifier of PKCE (RFC 7636)
 */
record SignInTransaction(String state, String nonce, String verifier, Instant expiry) {
  /** How long an operator may take to authenticate at the provider. */
  static final Duration LONGEST = Duration.ofMinutes(10);

  private static final int RANDOM_BYTES = 32;

  /** Begins and reads transactions, with a key of this process. Safe from any thread. */
  static final class Sealer {
    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final int KEY_BYTES = 32;
    private static final int IV_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecureRandom random = new SecureRandom();
    private final SecretKeySpec key = new SecretKeySpec(random(KEY_BYTES), "AES");
    private final Clock clock;

    Sealer(Clock clock) {
      this.clock = clock;
    }

    SignInTransaction begin() {
      return new SignInTransaction(
          encode(random(RANDOM_BYTES)),
          encode(random(RANDOM_BYTES)),
          encode(random(RANDOM_BYTES)),
          clock.instant().plus(LONGEST));
    }

    private byte[] random(int length) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      return bytes;
    }

    private static String encode(byte[] bytes) {
      return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The transaction as a cookie's value. */
    String seal(SignInTransaction transaction) {
      String text =
          String.join(
              ".",
              transaction.state,
              transaction.nonce,
              transaction.verifier,
              Long.toString(transaction.expiry.getEpochSecond()));
      byte[] iv = random(IV_BYTES);
      try {
        byte[] sealed =
            cipher(Cipher.ENCRYPT_MODE, iv).doFinal(text.getBytes(StandardCharsets.US_ASCII));
        byte[] all = Arrays.copyOf(iv, IV_BYTES + sealed.length);
        System.arraycopy(sealed, 0, all, IV_BYTES, sealed.length);
        return encode(all);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java platform has " + CIPHER, e);
      }
    }

    /** The transaction of a cookie; empty if this process has not sealed it, or it has expired. */
    Optional<SignInTransaction> open(String cookie) {
      try {
        byte[] all = Base64.getUrlDecoder().decode(cookie);
        if (all.length <= IV_BYTES) {
          return Optional.empty();
        }
        byte[] text =
            cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(all, IV_BYTES))
                .doFinal(all, IV_BYTES, all.length - IV_BYTES);
        String[] parts = new String(text, StandardCharsets.US_ASCII).split("\\.", -1);
        Instant expiry = Instant.ofEpochSecond(Long.parseLong(parts[3]));
        return expiry.isAfter(clock.instant())
            ? Optional.of(new SignInTransaction(parts[0], parts[1], parts[2], expiry))
            : Optional.empty();
      } catch (IllegalArgumentException | GeneralSecurityException forged) {
        return Optional.empty();
      }
    }

    private Cipher cipher(int mode, byte[] iv) throws GeneralSecurityException {
      Cipher cipher = Cipher.getInstance(CIPHER);
      cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, iv));
      return cipher;
    }
  }
}
