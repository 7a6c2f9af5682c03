package io.donna.gateway.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the public port shows in TLS, read from its files and found to fit together.
 *
 * @param chain the gateway's own certificate first
 * @param clientAuthorities who signs the certificates that clients must show; empty where they need
 *     none
 */
public record ServerIdentity(
    List<X509Certificate> chain, PrivateKey key, List<X509Certificate> clientAuthorities) {
  /** The files do not make an identity; the problem says which of them, and why. */
  public static final class Unusable extends Exception {
    private final transient Problem problem;

    Unusable(String setting, String text) {
      super(setting + " " + text, null, false, false);
      this.problem = new Problem(setting, text);
    }

    public Problem problem() {
      return problem;
    }
  }

  public static ServerIdentity read(TlsSettings files) throws Unusable {
    List<X509Certificate> chain = certificates("TLS_CERT_FILE", files.certificate());
    Optional<PrivateKey> key = Pem.privateKey(text("TLS_KEY_FILE", files.key()));
    if (key.isEmpty()) {
      throw new Unusable(
          "TLS_KEY_FILE", "has no private key in PEM that can be read without a passphrase");
    }
    if (!belongTogether(chain.getFirst().getPublicKey(), key.get())) {
      throw new Unusable(
          "TLS_KEY_FILE", "is not the key of the first certificate of TLS_CERT_FILE");
    }
    List<X509Certificate> authorities =
        files.clientAuthorities().isPresent()
            ? certificates("TLS_CLIENT_CA_FILE", files.clientAuthorities().get())
            : List.of();
    return new ServerIdentity(chain, key.get(), authorities);
  }

  /** When the gateway's own certificate ends. */
  public Instant expiry() {
    return chain.getFirst().getNotAfter().toInstant();
  }

  public String subject() {
    return chain.getFirst().getSubjectX500Principal().getName();
  }

  private static List<X509Certificate> certificates(String setting, Path file) throws Unusable {
    List<X509Certificate> certificates = Pem.certificates(text(setting, file));
    if (certificates.isEmpty()) {
      throw new Unusable(setting, "has no certificate in PEM that can be read");
    }
    return certificates;
  }

  private static String text(String setting, Path file) throws Unusable {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      throw new Unusable(setting, "names a file that cannot be read: " + file);
    }
  }

  /** Shown by a signature, which is what a handshake does with them. */
  private static boolean belongTogether(PublicKey certified, PrivateKey key) {
    try {
      Signature signature = Signature.getInstance(signatureOf(key.getAlgorithm()));
      byte[] anything = "a key and its certificate".getBytes(StandardCharsets.US_ASCII);
      signature.initSign(key);
      signature.update(anything);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(anything);
      return signature.verify(signed);
    } catch (GeneralSecurityException ofDifferentKinds) {
      return false;
    }
  }

  private static String signatureOf(String keyAlgorithm) {
    return switch (keyAlgorithm) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> keyAlgorithm;
    };
  }
}
