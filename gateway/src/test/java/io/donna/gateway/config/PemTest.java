package io.donna.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.util.Base64;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PemTest {
  private static X509Bundle certified(Algorithm algorithm) throws Exception {
    return new CertificateBuilder()
        .subject("CN=x")
        .algorithm(algorithm)
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), label);
  }

  @ParameterizedTest
  @EnumSource(names = {"rsa2048", "ecp256", "ecp384", "ed25519"})
  void readsKeysInPkcs8(Algorithm algorithm) throws Exception {
    PrivateKey key = certified(algorithm).getKeyPair().getPrivate();

    assertThat(Pem.privateKey(pem("PRIVATE KEY", key.getEncoded()))).hasValue(key);
  }

  @ParameterizedTest
  @CsvSource({"rsa2048, RSA PRIVATE KEY", "ecp256, EC PRIVATE KEY", "ecp384, EC PRIVATE KEY"})
  void readsKeysInTheOlderShapes(Algorithm algorithm, String label) throws Exception {
    PrivateKey key = certified(algorithm).getKeyPair().getPrivate();
    // openssl writes a curve's name in front of the key, too.
    String text =
        label.startsWith("EC")
            ? pem("EC PARAMETERS", new byte[] {6, 1, 1}) + pem(label, sec1(key))
            : pem(label, pkcs1(key));

    assertThat(Pem.privateKey(text).map(PemTest::secretNumber)).hasValue(secretNumber(key));
  }

  /** Of keys that are equal but for what their encodings say besides. */
  private static BigInteger secretNumber(PrivateKey key) {
    return switch (key) {
      case RSAPrivateKey rsa -> rsa.getPrivateExponent();
      case ECPrivateKey ec -> ec.getS();
      default -> throw new AssertionError(key.getAlgorithm());
    };
  }

  private static byte[] pkcs1(PrivateKey key) throws Exception {
    return PrivateKeyInfo.getInstance(key.getEncoded())
        .parsePrivateKey()
        .toASN1Primitive()
        .getEncoded();
  }

  private static byte[] sec1(PrivateKey key) throws Exception {
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(key.getEncoded());
    ECPrivateKey ec = (ECPrivateKey) key;
    return new org.bouncycastle.asn1.sec.ECPrivateKey(
            ec.getParams().getOrder().bitLength(),
            ec.getS(),
            info.getPrivateKeyAlgorithm().getParameters())
        .getEncoded();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no PEM",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n=\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nMIT/////AAAA\n-----END EC PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
      })
  void findsNothingInWhatHasNothing(String text) {
    assertThat(Pem.privateKey(text)).isEmpty();
    assertThat(Pem.certificates(text)).isEmpty();
  }

  @Test
  void readsAChainInItsOrderPastCommentsAndCarriageReturns() throws Exception {
    X509Bundle first = certified(Algorithm.ecp256);
    X509Bundle second = certified(Algorithm.rsa2048);
    String text =
        ("# a comment\n" + first.getCertificatePEM() + "\n" + second.getCertificatePEM())
            .replace("\n", "\r\n");

    assertThat(Pem.certificates(text))
        .containsExactly(first.getCertificate(), second.getCertificate());
  }

  @Test
  void readsNoChainWhereOnePartOfItIsBroken() throws Exception {
    String whole = certified(Algorithm.ecp256).getCertificatePEM();

    assertThat(Pem.certificates(whole + pem("CERTIFICATE", new byte[] {0x30, 3, 1, 1, 1})))
        .isEmpty();
  }
}
