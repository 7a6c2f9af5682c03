package io.donna.gateway.auth;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import io.donna.gateway.config.BoundedFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of public keys: PEM (RFC 7468) with one or more public keys or certificates, or a JWK set.
 * Of a certificate, only the key is used.
 */
final class PublicKeyFile {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private static final int ED25519_BYTES = 32;

  private PublicKeyFile() {}

  /**
   * Reads every key of the file.
   *
   * @throws IOException when there is none, or one cannot verify tokens; the message says which and
   *     why
   */
  static KeySet read(Path file) throws IOException {
    byte[] content = content(file);
    String text = new String(content, StandardCharsets.ISO_8859_1);
    if (text.stripLeading().startsWith("{")) {
      return KeySet.read(content, Optional.empty())
          .filter(set -> !set.keys().isEmpty())
          .orElseThrow(() -> fault("contains no JWK that can verify tokens"));
    }
    List<VerificationKey> keys = new ArrayList<>();
    for (Matcher block = BLOCK.matcher(text); block.find(); ) {
      String label = block.group(1);
      keys.add(
          jwk(publicKey(label, block.group(2)))
              .flatMap(key -> VerificationKey.of(key, Optional.empty()))
              .orElseThrow(() ->
                  fault(
                      "contains a "
                          + label
                          + " that cannot verify tokens: supported are RSA of 2048 to 8192 bits, EC"
                          + " on P-256, P-384 or P-521, and Ed25519")));
    }
    if (keys.isEmpty()) {
      throw fault("contains neither a PEM public key or certificate nor a JWK set");
    }
    // Keys in PEM have no id that a token's kid could name.
    for (VerificationKey key : keys) {
      long alike =
          keys.stream().filter(other -> other.algorithms().equals(key.algorithms())).count();
      if (alike > Candidates.MOST) {
        throw fault(
            "contains %d keys of one type, but only %d are tried: use a JWK set with key IDs"
                .formatted(alike, Candidates.MOST));
      }
    }
    return new KeySet(List.copyOf(keys));
  }

  private static byte[] content(Path file) throws IOException {
    try {
      return BoundedFile.read(file);
    } catch (IOException unreadable) {
      throw fault(unreadable.getMessage() + ": " + file);
    }
  }

  private static PublicKey publicKey(String label, String base64) throws IOException {
    if (label.contains("PRIVATE")) {
      throw fault("contains a private key: the gateway requires the public key only");
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(base64);
      return switch (label) {
        case "PUBLIC KEY" -> publicKey(der);
        case "CERTIFICATE" ->
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der))
                .getPublicKey();
        default -> throw fault("contains a " + label + ": it must be PUBLIC KEY or CERTIFICATE");
      };
    } catch (GeneralSecurityException | IllegalArgumentException malformed) {
      throw fault("contains an unreadable " + label);
    }
  }

  private static PublicKey publicKey(byte[] der) throws GeneralSecurityException {
    for (String algorithm : List.of("RSA", "EC")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
      } catch (GeneralSecurityException another) {
        // Try the next algorithm.
      }
    }
    return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der));
  }

  private static Optional<JWK> jwk(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa -> Optional.of(new RSAKey.Builder(rsa).build());
      case ECPublicKey ec ->
          Optional.ofNullable(Curve.forECParameterSpec(ec.getParams()))
              .map(curve -> new ECKey.Builder(curve, ec).build());
      case EdECPublicKey ed when ed.getParams().getName().equals("Ed25519") ->
          Optional.of(new OctetKeyPair.Builder(Curve.Ed25519, raw(ed)).build());
      default -> Optional.empty();
    };
  }

  private static Base64URL raw(EdECPublicKey key) {
    byte[] encoded = key.getEncoded();
    return Base64URL.encode(
        Arrays.copyOfRange(encoded, encoded.length - ED25519_BYTES, encoded.length));
  }

  private static IOException fault(String problem) {
    return new IOException("JWT_PUBLIC_KEY_FILE " + problem);
  }
}
