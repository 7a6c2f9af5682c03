package io.donna.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PublicKeyFileTest {
  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("keys"), text);
  }

  @Test
  void readsEveryKeyOfThePem() throws IOException {
    KeySet keys =
        PublicKeyFile.read(
            file(
                "Our keys:\n"
                    + TestKeys.pem(TestKeys.RSA)
                    + TestKeys.pem(TestKeys.P256).replace("\n", "\r\n")
                    + TestKeys.pem(TestKeys.P384)
                    + TestKeys.pem(TestKeys.P521)
                    + TestKeys.pem(TestKeys.ED25519)));

    assertThat(keys.keys()).hasSize(5);
    for (String algorithm : new String[] {"RS256", "PS512"}) {
      assertThat(signer(keys, TestKeys.token(algorithm, "x", TestKeys.RSA.getPrivate(), "{}")))
          .isPresent();
    }
    assertThat(signer(keys, TestKeys.token("EdDSA", "x", TestKeys.ED25519.getPrivate(), "{}")))
        .isPresent();
    assertThat(signer(keys, TestKeys.token("ES512", "x", TestKeys.P521.getPrivate(), "{}")))
        .isPresent();
  }

  /** On every curve that tokens are signed on, each by its own algorithm. */
  @ParameterizedTest
  @MethodSource("kinds")
  void takesTheKeyOfAFileAndOfNoOtherKind(String algorithm, KeyPair pair) throws IOException {
    KeySet keys = PublicKeyFile.read(file(TestKeys.pem(pair)));

    kinds()
        .forEach(kind -> {
          String other = (String) Objects.requireNonNull(kind.get()[0]);
          PrivateKey key = ((KeyPair) Objects.requireNonNull(kind.get()[1])).getPrivate();
          assertThat(signer(keys, TestKeys.token(other, "x", key, "{}")).isPresent())
              .as(other)
              .isEqualTo(other.equals(algorithm));
        });
  }

  static Stream<Arguments> kinds() {
    return Stream.of(
        Arguments.of("RS256", TestKeys.RSA),
        Arguments.of("ES256", TestKeys.P256),
        Arguments.of("ES384", TestKeys.P384),
        Arguments.of("ES512", TestKeys.P521),
        Arguments.of("EdDSA", TestKeys.ED25519));
  }

  @Test
  void takesTheKeyOfACertificate() throws IOException {
    X509Bundle bundle = certificate(CertificateBuilder.Algorithm.ecp256);

    KeySet keys = PublicKeyFile.read(file(bundle.getCertificatePEM()));

    PrivateKey key = bundle.getKeyPair().getPrivate();
    assertThat(signer(keys, TestKeys.token("ES256", "x", key, "{}"))).isPresent();
    assertThat(signer(keys, TestKeys.token("ES256", "x", TestKeys.P256.getPrivate(), "{}")))
        .isEmpty();
  }

  private static X509Bundle certificate(CertificateBuilder.Algorithm algorithm) {
    try {
      return new CertificateBuilder()
          .subject("CN=issuer")
          .algorithm(algorithm)
          .setIsCertificateAuthority(true)
          .buildSelfSigned();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void namesTheFileThatIsMissing() {
    assertThatThrownBy(() -> PublicKeyFile.read(folder.resolve("none")))
        .hasMessage("JWT_PUBLIC_KEY_FILE does not exist: " + folder.resolve("none"));
  }

  private static Optional<VerificationKey> signer(KeySet keys, String token) {
    return Candidates.of(Jws.read(token).orElseThrow(), List.of(keys)).signer();
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of("", "contains neither a PEM public key"),
        Arguments.of("ssh-rsa AAAAB3NzaC1yc2E", "contains neither a PEM public key"),
        Arguments.of("-----BEGIN PUBLIC KEY-----\nAAAA\n", "contains neither a PEM public key"),
        Arguments.of(
            TestKeys.pem("PRIVATE KEY", TestKeys.RSA.getPrivate().getEncoded()),
            "contains a private key"),
        Arguments.of(TestKeys.pem("RSA PUBLIC KEY", new byte[9]), "contains a RSA PUBLIC KEY"),
        Arguments.of(TestKeys.pem("PUBLIC KEY", new byte[9]), "contains an unreadable PUBLIC KEY"),
        Arguments.of(
            TestKeys.pem("CERTIFICATE", new byte[9]), "contains an unreadable CERTIFICATE"),
        Arguments.of(TestKeys.pem(TestKeys.rsa(1_024)), "contains a PUBLIC KEY that cannot verify"),
        Arguments.of(
            TestKeys.pem(TestKeys.RSA) + TestKeys.pem("PUBLIC KEY", new byte[9]),
            "contains an unreadable PUBLIC KEY"),
        Arguments.of(
            certificate(CertificateBuilder.Algorithm.ed448).getCertificatePEM(),
            "contains a CERTIFICATE that cannot verify"),
        Arguments.of("{\"keys\":[]}", "contains no JWK"),
        Arguments.of(
            "\n {\"keys\":[" + TestKeys.jwk(TestKeys.rsa(1_024), "k") + "]}", "contains no JWK"),
        Arguments.of("{", "contains no JWK"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void saysWhatIsWrongAndRepeatsNothingOfIt(String text, String why) {
    assertThatThrownBy(() -> PublicKeyFile.read(file(text)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("JWT_PUBLIC_KEY_FILE " + why)
        .hasMessageNotContaining(
            Base64.getEncoder()
                .encodeToString(TestKeys.RSA.getPrivate().getEncoded())
                .substring(0, 60));
  }
}
