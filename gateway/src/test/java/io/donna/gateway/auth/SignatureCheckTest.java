package io.donna.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Signatures made by the JDK, checked by the gateway's keys. */
class SignatureCheckTest {
  private static final String INPUT = "header.payload";

  static Stream<Arguments> signers() {
    return Stream.of(
        Arguments.of("ES256", TestKeys.P256),
        Arguments.of("ES384", TestKeys.P384),
        Arguments.of("ES512", TestKeys.P521),
        Arguments.of("EdDSA", TestKeys.ED25519));
  }

  private static BiPredicate<String, byte[]> check(String algorithm, KeyPair pair) {
    try {
      VerificationKey key =
          VerificationKey.of(JWK.parse(TestKeys.jwk(pair, "k")), Optional.empty()).orElseThrow();
      return (input, signature) ->
          key.check()
              .holds(
                  JWSAlgorithm.parse(algorithm),
                  input.getBytes(StandardCharsets.US_ASCII),
                  signature);
    } catch (ParseException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("signers")
  void holdsAsItWasMadeAndWithNoByteChanged(String algorithm, KeyPair pair) {
    BiPredicate<String, byte[]> check = check(algorithm, pair);
    // Numbers with leading zeros among them: one in 128.
    for (int i = 0; i < 200; i++) {
      byte[] any = TestKeys.signature(algorithm, pair.getPrivate(), INPUT + i);
      assertThat(check.test(INPUT + i, any)).isTrue();
      assertThat(check.test(INPUT, any)).isFalse();
    }
    byte[] signature = TestKeys.signature(algorithm, pair.getPrivate(), INPUT);
    for (int at = 0; at < signature.length; at++) {
      byte[] changed = signature.clone();
      changed[at] ^= 1;
      assertThat(check.test(INPUT, changed)).as("byte %d", at).isFalse();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("signers")
  void hasOneLength(String algorithm, KeyPair pair) {
    BiPredicate<String, byte[]> check = check(algorithm, pair);
    byte[] signature = TestKeys.signature(algorithm, pair.getPrivate(), INPUT);
    byte[] shifted = new byte[signature.length + 2];
    System.arraycopy(signature, 0, shifted, 1, signature.length / 2);
    System.arraycopy(
        signature, signature.length / 2, shifted, signature.length / 2 + 2, signature.length / 2);

    assertThat(check.test(INPUT, shifted)).isFalse();
    assertThat(check.test(INPUT, Arrays.copyOf(signature, signature.length + 1))).isFalse();
    assertThat(check.test(INPUT, Arrays.copyOf(signature, signature.length - 1))).isFalse();
    assertThat(check.test(INPUT, new byte[0])).isFalse();
  }
}
