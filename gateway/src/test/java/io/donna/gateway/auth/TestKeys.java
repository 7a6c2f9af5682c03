package io.donna.gateway.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keys, and tokens signed with them by the JDK alone: shares no code with what verifies them.
 * Claims and headers are JSON with single quotes.
 */
public final class TestKeys {
  public static final KeyPair RSA = rsa(2_048);
  public static final KeyPair OTHER_RSA = rsa(2_048);
  public static final KeyPair P256 = ec("secp256r1");
  public static final KeyPair P384 = ec("secp384r1");
  public static final KeyPair P521 = ec("secp521r1");
  public static final KeyPair ED25519 = generate("Ed25519");

  private TestKeys() {}

  public static KeyPair rsa(int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static KeyPair ec(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static KeyPair generate(String algorithm) {
    try {
      return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** A token whose header names {@code algorithm} and {@code keyId}. */
  public static String token(String algorithm, String keyId, PrivateKey key, String claims) {
    return sign(algorithm, key, "{'alg':'" + algorithm + "','kid':'" + keyId + "'}", claims);
  }

  /** A token with this header, signed by {@code algorithm} whatever the header says. */
  public static String sign(String algorithm, Key key, String header, String claims) {
    String input = encode(header) + "." + encode(claims);
    return input + "." + encode(signature(algorithm, key, input));
  }

  public static byte[] signature(String algorithm, Key key, String input) {
    byte[] bytes = input.getBytes(StandardCharsets.UTF_8);
    try {
      return switch (algorithm) {
        case "HS256", "HS384", "HS512" -> {
          Mac mac = Mac.getInstance("HmacSHA" + algorithm.substring(2));
          mac.init(key);
          yield mac.doFinal(bytes);
        }
        default -> {
          Signature signature = jca(algorithm);
          signature.initSign((PrivateKey) key);
          signature.update(bytes);
          yield signature.sign();
        }
      };
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static Signature jca(String algorithm) throws GeneralSecurityException {
    String hash = "SHA" + algorithm.substring(2);
    return switch (algorithm.substring(0, 2)) {
      case "RS" -> Signature.getInstance(hash + "withRSA");
      case "ES" -> Signature.getInstance(hash + "withECDSAinP1363Format");
      case "PS" -> {
        Signature pss = Signature.getInstance("RSASSA-PSS");
        String name = "SHA-" + algorithm.substring(2);
        pss.setParameter(
            new PSSParameterSpec(
                "SHA-" + algorithm.substring(2),
                "MGF1",
                new MGF1ParameterSpec(name),
                Integer.parseInt(algorithm.substring(2)) / 8,
                1));
        yield pss;
      }
      default -> Signature.getInstance("Ed25519");
    };
  }

  public static SecretKeySpec hmac(byte[] secret) {
    return new SecretKeySpec(secret, "HMAC");
  }

  public static SecretKeySpec hmac(String secret) {
    return hmac(secret.getBytes(StandardCharsets.UTF_8));
  }

  /** As JWKs are published. */
  public static String jwk(KeyPair pair, String keyId) {
    return jwk(pair, keyId, "'use':'sig'");
  }

  public static String jwk(KeyPair pair, String keyId, String more) {
    String own =
        switch (pair.getPublic()) {
          case RSAPublicKey rsa ->
              "'kty':'RSA','n':'"
                  + encode(unsigned(rsa.getModulus().toByteArray()))
                  + "','e':'"
                  + encode(unsigned(rsa.getPublicExponent().toByteArray()))
                  + "'";
          case ECPublicKey ec -> {
            int bits = ec.getParams().getCurve().getField().getFieldSize();
            yield "'kty':'EC','crv':'P-"
                + bits
                + "','x':'"
                + encode(padded(ec.getW().getAffineX().toByteArray(), bits))
                + "','y':'"
                + encode(padded(ec.getW().getAffineY().toByteArray(), bits))
                + "'";
          }
          default -> {
            byte[] spki = pair.getPublic().getEncoded();
            yield "'kty':'OKP','crv':'Ed25519','x':'"
                + encode(Arrays.copyOfRange(spki, spki.length - 32, spki.length))
                + "'";
          }
        };
    return ("{'kid':'" + keyId + "'," + more + "," + own + "}").replace('\'', '"');
  }

  public static String jwks(String... keys) {
    return "{\"keys\":[" + String.join(",", keys) + "]}";
  }

  public static String pem(String what, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), what);
  }

  public static String pem(KeyPair pair) {
    return pem("PUBLIC KEY", pair.getPublic().getEncoded());
  }

  public static String encode(String json) {
    return encode(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  public static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static byte[] unsigned(byte[] number) {
    return number[0] == 0 ? Arrays.copyOfRange(number, 1, number.length) : number;
  }

  private static byte[] padded(byte[] number, int bits) {
    byte[] digits = unsigned(number);
    byte[] padded = new byte[(bits + 7) / 8];
    System.arraycopy(digits, 0, padded, padded.length - digits.length, digits.length);
    return padded;
  }
}
