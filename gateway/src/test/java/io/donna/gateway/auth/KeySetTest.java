package io.donna.gateway.auth;

import static io.donna.gateway.auth.TestKeys.jwk;
import static io.donna.gateway.auth.TestKeys.jwks;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeySetTest {
  private static final String ANN = "{'sub':'ann'}";

  private static Optional<KeySet> read(String json) {
    return KeySet.read(json.getBytes(StandardCharsets.UTF_8), Optional.empty());
  }

  private static boolean verifies(KeySet keys, String token) {
    return Candidates.of(Jws.read(token).orElseThrow(), List.of(keys)).signer().isPresent();
  }

  static Stream<Arguments> algorithms() {
    return Stream.of(
        Arguments.of("RS256", TestKeys.RSA),
        Arguments.of("RS384", TestKeys.RSA),
        Arguments.of("RS512", TestKeys.RSA),
        Arguments.of("PS256", TestKeys.RSA),
        Arguments.of("PS384", TestKeys.RSA),
        Arguments.of("PS512", TestKeys.RSA),
        Arguments.of("ES256", TestKeys.P256),
        Arguments.of("ES384", TestKeys.P384),
        Arguments.of("ES512", TestKeys.P521),
        Arguments.of("EdDSA", TestKeys.ED25519));
  }

  @ParameterizedTest
  @MethodSource("algorithms")
  void verifiesByEveryKindOfPublicKey(String algorithm, KeyPair pair) {
    KeySet keys = read(jwks(jwk(pair, "k1"))).orElseThrow();

    assertThat(verifies(keys, TestKeys.token(algorithm, "k1", pair.getPrivate(), ANN))).isTrue();
    assertThat(verifies(keys, TestKeys.token(algorithm, "k2", pair.getPrivate(), ANN))).isFalse();
    assertThat(
            verifies(
                keys,
                TestKeys.sign(algorithm, pair.getPrivate(), "{'alg':'" + algorithm + "'}", ANN)))
        .isTrue();
  }

  @Test
  void holdsAKeyToItsOneAlgorithmWhereItNamesOne() {
    KeySet keys = read(jwks(jwk(TestKeys.RSA, "k1", "'alg':'PS256'"))).orElseThrow();

    assertThat(verifies(keys, TestKeys.token("PS256", "k1", TestKeys.RSA.getPrivate(), ANN)))
        .isTrue();
    assertThat(verifies(keys, TestKeys.token("RS256", "k1", TestKeys.RSA.getPrivate(), ANN)))
        .isFalse();
  }

  @Test
  void findsTheKeyAmongSeveralOfTheSameName() {
    KeySet keys = read(jwks(jwk(TestKeys.OTHER_RSA, "k1"), jwk(TestKeys.RSA, "k1"))).orElseThrow();

    assertThat(verifies(keys, TestKeys.token("RS256", "k1", TestKeys.RSA.getPrivate(), ANN)))
        .isTrue();
  }

  static Stream<Arguments> unusable() {
    return Stream.of(
        Arguments.of("for encryption", jwk(TestKeys.RSA, "k", "'use':'enc'")),
        Arguments.of("to sign only", jwk(TestKeys.RSA, "k", "'key_ops':['sign']")),
        Arguments.of("for a secret's algorithm", jwk(TestKeys.RSA, "k", "'alg':'HS256'")),
        Arguments.of("for another family", jwk(TestKeys.RSA, "k", "'alg':'ES256'")),
        Arguments.of("too short", jwk(TestKeys.rsa(1_024), "k")),
        Arguments.of(
            "with an exponent of one",
            jwk(TestKeys.RSA, "k").replaceFirst("\"e\":\"[^\"]+\"", "\"e\":\"AQ\"")),
        Arguments.of(
            "symmetric", "{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"" + "A".repeat(86) + "\"}"),
        Arguments.of(
            "off its curve", jwk(TestKeys.P256, "k").replaceFirst("\"y\":\"...", "\"y\":\"AAA")),
        Arguments.of(
            "on another curve", "{\"kty\":\"EC\",\"crv\":\"P-999\",\"x\":\"AA\",\"y\":\"AA\"}"),
        Arguments.of(
            "for key agreement",
            "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" + "A".repeat(43) + "\"}"),
        Arguments.of("of an unknown kind", "{\"kty\":\"PQC\",\"kid\":\"k\"}"),
        Arguments.of("of no kind", "{\"kid\":\"k\"}"),
        Arguments.of("no object", "7"),
        Arguments.of("null", "null"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unusable")
  void leavesOutAKeyThatIs(String why, String key) {
    KeySet keys = read(jwks(key, jwk(TestKeys.P384, "good"))).orElseThrow();

    assertThat(keys.keys()).hasSize(1);
    assertThat(keys.keys().getFirst().id()).hasValue("good");
    assertThat(keys.leftOut()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{}", "[]", "null", "{\"keys\":{}}", "{\"keys\":[]", "<html>", "{\"keys\":7}"})
  void takesNothingElseForAKeySet(String document) {
    assertThat(read(document)).isEmpty();
  }

  @Test
  void readsNoEndOfKeys() {
    String key = jwk(TestKeys.ED25519, "k");
    String thousand =
        jwks(IntStream.range(0, 1_000).mapToObj(i -> key).collect(Collectors.joining(",")));

    KeySet keys = read(thousand).orElseThrow();
    assertThat(keys.keys()).hasSize(64);
    assertThat(keys.leftOut()).isEqualTo(936);
  }

  /** The whole JWK, with its certificates: 16 KiB. */
  @ParameterizedTest
  @CsvSource({"16384, 1", "16385, 0"})
  void readsNoKeyOfManyKilobytes(int length, int taken) {
    String key = jwk(TestKeys.P256, "k", "'x-padding':''");
    String padded = key.replace("\"\"", "\"" + "p".repeat(length - key.length()) + "\"");

    assertThat(read(jwks(padded)).orElseThrow().keys()).hasSize(taken);
  }

  @Test
  void verifiesWithAKeyThatIsForSignaturesByItsOperations() {
    KeySet keys = read(jwks(jwk(TestKeys.P256, "k", "'key_ops':['verify']"))).orElseThrow();

    assertThat(verifies(keys, TestKeys.token("ES256", "k", TestKeys.P256.getPrivate(), ANN)))
        .isTrue();
  }
}
