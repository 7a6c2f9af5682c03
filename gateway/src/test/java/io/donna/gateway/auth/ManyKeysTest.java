package io.donna.gateway.auth;

import static io.donna.gateway.auth.TestKeys.encode;
import static io.donna.gateway.auth.TestKeys.jwk;
import static io.donna.gateway.auth.TestKeys.jwks;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import io.donna.gateway.auth.Verification.Awaited;
import io.donna.gateway.auth.Verification.Decided;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Unavailable;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.auth.VerificationKey.SignatureCheck;
import io.donna.gateway.config.TokenRules;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a token may cost that does not say which key signed it, or of which many may have. */
@Timeout(30)
class ManyKeysTest {
  private static final String ANN = "{'sub':'ann'}";
  private static final String NAMELESS = nameless("ES512");

  private final LateChecks late = new LateChecks();

  @AfterEach
  void stop() {
    late.close();
  }

  private static String nameless(String algorithm) {
    return TestKeys.sign(algorithm, TestKeys.P521.getPrivate(), "{'alg':'" + algorithm + "'}", ANN);
  }

  /** A key that costs what it says, and notes each try. */
  private static VerificationKey key(String id, int micros, SignatureCheck check) {
    return new VerificationKey(
        Optional.of(id).filter(name -> !name.isEmpty()),
        Set.of(JWSAlgorithm.ES512),
        check,
        Optional.empty(),
        micros);
  }

  private TokenVerifier verifier(KeySet keys) {
    return new TokenVerifier(
        keys, Optional.empty(), TokenRules.USUAL, new Revocations(), late, Clock.systemUTC());
  }

  private static Decided decided(Verification verification) {
    return switch (verification) {
      case Decided decided -> decided;
      case Awaited(var decision) -> decision.toCompletableFuture().join();
    };
  }

  private static KeySet published(int others) {
    String other = jwk(TestKeys.P521, "k").replaceFirst("\"kid\":\"k\",", "");
    String[] keys = new String[others];
    for (int i = 0; i < others; i++) {
      keys[i] = other;
    }
    return KeySet.read(jwks(keys).getBytes(UTF_8), Optional.empty()).orElseThrow();
  }

  @Test
  void triesEightKeysOfSixtyFourAndNoMore() {
    List<Integer> tried = new CopyOnWriteArrayList<>();
    List<VerificationKey> keys = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      int number = i;
      keys.add(
          key(
              "",
              1,
              (algorithm, signed, signature) -> {
                tried.add(number);
                return false;
              }));
    }

    assertThat(decided(verifier(new KeySet(keys)).verify(NAMELESS)))
        .isEqualTo(new Rejected("invalid signature by the first 8 keys that it may be of"));
    assertThat(tried).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void triesTheKeyThatATokenNamesBeforeThoseWithoutAName() {
    List<VerificationKey> keys = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      keys.add(key("", 1, (algorithm, signed, signature) -> false));
    }
    keys.add(key("k1", 1, (algorithm, signed, signature) -> true));
    String token = TestKeys.token("ES512", "k1", TestKeys.P521.getPrivate(), ANN);

    assertThat(verifier(new KeySet(keys)).verify(token)).isInstanceOf(Verified.class);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 750, true",
    "1, 800, true",
    "1, 801, false",
    "2, 100, true",
    "2, 125, true",
    "2, 126, false",
    "8, 5, true"
  })
  void verifiesAtOnceOnlyWhatIsQuick(int keys, int micros, boolean atOnce) {
    List<String> threads = new CopyOnWriteArrayList<>();
    VerificationKey key =
        key(
            "",
            micros,
            (algorithm, signed, signature) -> {
              threads.add(Thread.currentThread().getName());
              return false;
            });
    Verification verification =
        verifier(new KeySet(Stream.generate(() -> key).limit(keys).toList())).verify(NAMELESS);

    assertThat(verification instanceof Decided).isEqualTo(atOnce);
    assertThat(decided(verification)).isEqualTo(new Rejected("invalid signature"));
    assertThat(threads)
        .hasSize(keys)
        .allMatch(name -> name.equals(Thread.currentThread().getName()) == atOnce);
  }

  /** The digest of 20 kB takes 50 us, once for each key. */
  @ParameterizedTest
  @CsvSource({"1, 749, true", "1, 751, false", "2, 74, true", "2, 76, false"})
  void countsTheDigestOfALongToken(int keys, int micros, boolean atOnce) {
    VerificationKey key = key("", micros, (algorithm, signed, signature) -> true);
    TokenVerifier verifier = verifier(new KeySet(Collections.nCopies(keys, key)));
    String claims = "{'sub':'ann','x':'" + "y".repeat(15_000) + "'}";
    String token = TestKeys.sign("ES512", TestKeys.P521.getPrivate(), "{'alg':'ES512'}", claims);

    assertThat(verifier.verify(token) instanceof Verified).isEqualTo(atOnce);
    assertThat(verifier.verifyAtOnce(token).isPresent()).isEqualTo(atOnce);
  }

  @Test
  void refusesAtOnceWhatIsNoTokenHoweverSlowItsKeysAre() {
    TokenVerifier verifier =
        verifier(new KeySet(List.of(key("", 9_999, (algorithm, signed, signature) -> true))));

    assertThat(verifier.verifyAtOnce("a.b.c")).hasValue(new Rejected("jwt malformed"));
    assertThat(
            verifier.verifyAtOnce(
                nameless("ES512").replace(encode("{'alg':'ES512'}"), encode("{'alg':'none'}"))))
        .hasValue(new Rejected("invalid algorithm"));
    assertThat(verifier.verifyAtOnce(NAMELESS)).isEmpty();
  }

  /** The last 1,024: memory that nobody but an issuer fills, and not without end. */
  @Test
  void remembersTheLastThousandSigners() {
    TokenVerifier verifier =
        verifier(new KeySet(List.of(key("", 1_000, (algorithm, signed, signature) -> true))));
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i <= 1_024; i++) {
      String token = encode("{'alg':'ES512'}") + "." + encode("{'sub':'u" + i + "'}") + ".AA";
      tokens.add(token);
      assertThat(decided(verifier.verify(token))).isInstanceOf(Verified.class);
    }

    assertThat(tokens.subList(1, tokens.size()))
        .allMatch(token -> verifier.verify(token) instanceof Verified);
    assertThat(verifier.verify(tokens.getFirst())).isInstanceOf(Awaited.class);
  }

  @Test
  void remembersASignerForThatSignatureAlone() {
    TokenVerifier verifier =
        verifier(
            new KeySet(
                List.of(key("", 1_000, (algorithm, signed, signature) -> signature.length == 1))));
    String input = encode("{'alg':'ES512'}") + "." + encode(ANN) + ".";
    assertThat(decided(verifier.verify(input + "AA"))).isInstanceOf(Verified.class);

    Verification forged = verifier.verify(input + "AAAA");

    assertThat(forged).isInstanceOf(Awaited.class);
    assertThat(decided(forged)).isEqualTo(new Rejected("invalid signature"));
  }

  /** Nobody waits for ever because of a fault of ours. */
  @Test
  void refusesATokenWhoseCheckFails() {
    TokenVerifier verifier =
        verifier(
            new KeySet(
                List.of(
                    key(
                        "",
                        1_000,
                        (algorithm, signed, signature) -> {
                          throw new IllegalStateException("a fault");
                        }))));

    assertThat(decided(verifier.verify(NAMELESS))).isEqualTo(new Rejected("invalid signature"));
  }

  /** A gateway that is stopped leaves no thread behind. */
  @Test
  void checksNothingOnceItIsClosed() {
    TokenVerifier verifier =
        verifier(new KeySet(List.of(key("", 1_000, (algorithm, signed, signature) -> true))));
    late.close();

    assertThat(verifier.verify(NAMELESS)).isEqualTo(new Unavailable("too many tokens to verify"));
  }

  @Test
  void remembersTheSignerOfATokenThatTookLong() {
    KeySet keys = published(3);
    TokenVerifier verifier = verifier(keys);
    Verification first = verifier.verify(NAMELESS);

    assertThat(first).isInstanceOf(Awaited.class);
    assertThat(decided(first)).isInstanceOf(Verified.class);
    assertThat(verifier.verify(NAMELESS)).isInstanceOf(Verified.class);
    // Of keys that were fetched anew nothing is known yet.
    assertThat(verifier(published(3)).verify(NAMELESS)).isInstanceOf(Awaited.class);
    // And nothing of tokens that nobody signed.
    String forged = NAMELESS.substring(0, NAMELESS.lastIndexOf('.') + 1) + encode(new byte[132]);
    assertThat(decided(verifier.verify(forged))).isInstanceOf(Rejected.class);
    assertThat(verifier.verify(forged)).isInstanceOf(Awaited.class);
  }

  @Test
  void turnsTokensAwayWhenTooManyWait() {
    CountDownLatch held = new CountDownLatch(1);
    VerificationKey slow =
        key(
            "",
            1_000,
            (algorithm, signed, signature) -> {
              try {
                held.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return true;
            });
    TokenVerifier verifier = verifier(new KeySet(List.of(slow)));
    List<Verification> all = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      all.add(verifier.verify(NAMELESS));
    }

    assertThat(all.getLast()).isEqualTo(new Unavailable("too many tokens to verify"));
    assertThat(all.stream().filter(Awaited.class::isInstance)).hasSizeBetween(257, 1_000);
    held.countDown();
    assertThat(decided(all.getFirst())).isInstanceOf(Verified.class);
  }

  private static String rsa(int bits, BigInteger exponent) {
    byte[] modulus = BigInteger.TWO.pow(bits).subtract(BigInteger.ONE).toByteArray();
    byte[] unsigned = new byte[bits / 8];
    System.arraycopy(modulus, modulus.length - unsigned.length, unsigned, 0, unsigned.length);
    return "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}"
        .formatted(encode(unsigned), encode(exponent.toByteArray()));
  }

  @ParameterizedTest
  @CsvSource({
    "2048, 65537, true",
    "8192, 65537, true",
    "8200, 65537, false",
    "16384, 65537, false",
    "65536, 65537, false",
    "2040, 65537, false",
    "2048, 2147483647, true",
    "2048, 4294967297, false",
  })
  void takesRsaKeysOfABoundedLength(int bits, BigInteger exponent, boolean taken) {
    KeySet keys =
        KeySet.read(jwks(rsa(bits, exponent)).getBytes(UTF_8), Optional.empty()).orElseThrow();

    assertThat(keys.keys()).hasSize(taken ? 1 : 0);
    assertThat(keys.leftOut()).isEqualTo(taken ? 0 : 1);
  }

  @Test
  void takesNoKeyWithKilobytesOfANumber() {
    String huge =
        jwk(TestKeys.P256, "k").replaceFirst("\"x\":\"", "\"x\":\"" + "A".repeat(400_000));

    assertThat(KeySet.read(jwks(huge).getBytes(UTF_8), Optional.empty()).orElseThrow().keys())
        .isEmpty();
  }

  @Test
  void takesNoFileWithMoreNamelessKeysThanATokenIsTriedOn(@TempDir Path folder) throws IOException {
    String key = TestKeys.pem(TestKeys.P521);
    Path eight = Files.writeString(folder.resolve("eight"), key.repeat(8));
    Path nine = Files.writeString(folder.resolve("nine"), key.repeat(9));

    assertThat(PublicKeyFile.read(eight).keys()).hasSize(8);
    assertThatThrownBy(() -> PublicKeyFile.read(nine))
        .hasMessageContaining("contains 9 keys of one type, but only 8 are tried");
  }

  @Test
  void parsesNoHeaderOfManyKilobytes() {
    assertThat(Jws.read(encode("{'alg':'ES512','x':'" + "x".repeat(6_122) + "'}") + ".e30.AA"))
        .isPresent();
    assertThat(Jws.read(encode("{'alg':'ES512','x':'" + "x".repeat(6_123) + "'}") + ".e30.AA"))
        .isEmpty();
  }
}
