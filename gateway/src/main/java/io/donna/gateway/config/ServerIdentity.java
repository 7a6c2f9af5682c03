package io.donna.gateway.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The TLS identity of the public port, read from files and checked for consistency.
 *
 * @param chain the certificate chain, the gateway's own certificate first
 * @param clientAuthorities the authorities of client certificates; empty if clients need none
 */
public record ServerIdentity(
    List<X509Certificate> chain, PrivateKey key, List<X509Certificate> clientAuthorities) {
  /** The files are not a usable identity; the problem names the setting and the reason. */
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
    List<byte[]> contents = new ArrayList<>();
    contents.add(bytes("TLS_CERT_FILE", files.certificate()));
    contents.add(bytes("TLS_KEY_FILE", files.key()));
    if (files.clientAuthorities().isPresent()) {
      contents.add(bytes("TLS_CLIENT_CA_FILE", files.clientAuthorities().get()));
    }
    return of(contents);
  }

  /**
   * As {@link #read}, from the contents of the files.
   *
   * @param contents in the order of {@link TlsSettings#files}
   */
  public static ServerIdentity of(List<byte[]> contents) throws Unusable {
    List<X509Certificate> chain = certificates("TLS_CERT_FILE", contents.getFirst());
    Optional<PrivateKey> key = Pem.privateKey(text(contents.get(1)));
    if (key.isEmpty()) {
      throw new Unusable("TLS_KEY_FILE", "contains no unencrypted PEM private key");
    }
    if (!belongTogether(chain.getFirst().getPublicKey(), key.get())) {
      throw new Unusable("TLS_KEY_FILE", "does not match the first certificate in TLS_CERT_FILE");
    }
    List<X509Certificate> authorities =
        contents.size() > 2 ? certificates("TLS_CLIENT_CA_FILE", contents.get(2)) : List.of();
    return new ServerIdentity(chain, key.get(), authorities);
  }

  /** When the gateway's own certificate expires. */
  public Instant expiry() {
    return chain.getFirst().getNotAfter().toInstant();
  }

  public String subject() {
    return chain.getFirst().getSubjectX500Principal().getName();
  }

  private static List<X509Certificate> certificates(String setting, byte[] pem) throws Unusable {
    List<X509Certificate> certificates = Pem.certificates(text(pem));
    if (certificates.isEmpty()) {
      throw new Unusable(setting, "contains no readable PEM certificate");
    }
    return certificates;
  }

  private static byte[] bytes(String setting, Path file) throws Unusable {
    try {
      return BoundedFile.read(file);
    } catch (IOException unreadable) {
      throw new Unusable(
          setting, "names a file that cannot be read: " + file + " " + unreadable.getMessage());
    }
  }

  private static String text(byte[] pem) {
    return new String(pem, StandardCharsets.ISO_8859_1);
  }

  /** Tests that the key matches the certificate by a signature, as a handshake does. */
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
