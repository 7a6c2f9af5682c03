package io.donna.gateway.config;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads certificates and private keys in PEM (RFC 7468). Supports all key formats that certificate
 * tools write: PKCS #8, and the older PKCS #1 and SEC 1, which the JDK does not read.
 */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private static final byte[] RSA = der("06092a864886f70d0101010500"); // 1.2.840.113549.1.1.1, NULL
  private static final byte[] EC = der("06072a8648ce3d0201"); // 1.2.840.10045.2.1
  private static final byte[] VERSION_0 = der("020100");

  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final int EC_PARAMETERS = 0xA0;

  private record Block(String label, String base64) {
    byte[] der() {
      return Base64.getMimeDecoder().decode(base64);
    }
  }

  private Pem() {}

  /** All certificates in {@code text}, in order; empty if one of them is unreadable. */
  static List<X509Certificate> certificates(String text) {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> certificates = new ArrayList<>();
      for (Block block : blocks(text)) {
        if (block.label.equals("CERTIFICATE")) {
          certificates.add(
              (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der())));
        }
      }
      return List.copyOf(certificates);
    } catch (CertificateException | IllegalArgumentException unreadable) {
      return List.of();
    }
  }

  /** The first private key in {@code text}. */
  static Optional<PrivateKey> privateKey(String text) {
    try {
      return blocks(text).stream()
          .filter(block -> block.label.endsWith("PRIVATE KEY"))
          .findFirst()
          .flatMap(block ->
              switch (block.label) {
                case "PRIVATE KEY" -> pkcs8(block.der());
                case "RSA PRIVATE KEY" -> pkcs8(wrap(RSA, block.der()));
                case "EC PRIVATE KEY" -> pkcs8(wrap(join(EC, curve(block.der())), block.der()));
                default -> Optional.empty();
              });
    } catch (IllegalArgumentException | IndexOutOfBoundsException unreadable) {
      return Optional.empty();
    }
  }

  private static List<Block> blocks(String text) {
    Matcher matcher = BLOCK.matcher(text);
    return matcher.results().map(found -> new Block(found.group(1), found.group(2))).toList();
  }

  /** The encoding names the algorithm, but the JDK requires it as an argument: tries each. */
  private static Optional<PrivateKey> pkcs8(byte[] der) {
    for (String algorithm : ALGORITHMS) {
      try {
        return Optional.of(
            KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der)));
      } catch (GeneralSecurityException ofAnotherKind) {
        // Try the next algorithm.
      }
    }
    return Optional.empty();
  }

  /** PrivateKeyInfo (RFC 5958, 2) around a key: version, algorithm, the key as an octet string. */
  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return tagged(
        SEQUENCE, join(VERSION_0, tagged(SEQUENCE, algorithm), tagged(OCTET_STRING, key)));
  }

  /** ECPrivateKey (RFC 5915, 3) is version, key, parameters [0], public key [1]. */
  private static byte[] curve(byte[] ecPrivateKey) {
    int at = content(ecPrivateKey, 0);
    while ((ecPrivateKey[at] & 0xFF) != EC_PARAMETERS) {
      at = end(ecPrivateKey, at);
    }
    return Arrays.copyOfRange(ecPrivateKey, content(ecPrivateKey, at), end(ecPrivateKey, at));
  }

  /** The offset of the content of the element at {@code at}. */
  private static int content(byte[] der, int at) {
    int length = der[at + 1] & 0xFF;
    return at + 2 + (length < 0x80 ? 0 : length & 0x7F);
  }

  private static int end(byte[] der, int at) {
    int content = content(der, at);
    int length = 0;
    if (content == at + 2) {
      length = der[at + 1];
    } else {
      for (int i = at + 2; i < content; i++) {
        length = Math.addExact(Math.multiplyExact(length, 256), der[i] & 0xFF);
      }
    }
    return Math.addExact(content, length);
  }

  private static byte[] tagged(int tag, byte[] content) {
    String length = Integer.toHexString(content.length);
    byte[] octets = HexFormat.of().parseHex(length.length() % 2 == 0 ? length : "0" + length);
    byte[] header =
        content.length < 0x80
            ? new byte[] {(byte) tag, (byte) content.length}
            : join(new byte[] {(byte) tag, (byte) (0x80 | octets.length)}, octets);
    return join(header, content);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  private static byte[] der(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
