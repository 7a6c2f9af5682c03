package io.donna.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.TokenRules;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class TokenVerifierTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";
  private static final String LONG_SECRET = "fedcba9876543210".repeat(4);
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final long LATER = NOW.getEpochSecond() + 3600;
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
  private static final String HS256 = "{'alg':'HS256','typ':'JWT'}";
  private static final String ANN = "{'sub':'ann','exp':" + LATER + "}";

  private final TokenVerifier verifier = verifier(SECRET);

  private static TokenVerifier verifier(String... secrets) {
    return verifier(TokenRules.USUAL, secrets);
  }

  private static TokenVerifier verifier(TokenRules rules, String... secrets) {
    return new TokenVerifier(
        new KeySet(Stream.of(secrets).map(Secret::new).map(VerificationKey::ofSecret).toList()),
        Optional.empty(),
        rules,
        new Revocations(),
        new LateChecks(),
        CLOCK);
  }

  @Test
  void takesATokenThatItsSecretSigned() {
    assertThat(verifier.verify(signed(HS256, ANN)))
        .isEqualTo(new Verified(new User("ann", Optional.of(Instant.ofEpochSecond(LATER)))));
  }

  @ParameterizedTest
  @CsvSource({"HS256,HmacSHA256", "HS384,HmacSHA384", "HS512,HmacSHA512"})
  void takesEveryHmacWhoseSecretIsLongEnough(String algorithm, String hmac) {
    String token = sign(hmac, LONG_SECRET, "{'alg':'" + algorithm + "'}", ANN);

    assertThat(verifier(LONG_SECRET).verify(token)).isInstanceOf(Verified.class);
  }

  @ParameterizedTest
  @CsvSource({"HS384,HmacSHA384", "HS512,HmacSHA512"})
  void refusesAnHmacThatIsLongerThanTheSecret(String algorithm, String hmac) {
    String token = sign(hmac, SECRET, "{'alg':'" + algorithm + "'}", ANN);

    assertThat(verifier.verify(token)).isEqualTo(new Rejected("invalid signature"));
  }

  static Stream<Arguments> unsigned() {
    return Stream.of("none", "None", "NONE", "nOnE", "none ", "", "null", "HMAC", "HS1", "hs256")
        .flatMap(algorithm ->
            Stream.of("", "AA", mac(SECRET, "x"))
                .map(signature -> Arguments.of(algorithm, signature)));
  }

  @ParameterizedTest
  @MethodSource("unsigned")
  void refusesTokensThatClaimToNeedNoSignature(String algorithm, String signature) {
    String token = encode("{'alg':'" + algorithm + "'}") + "." + encode(ANN) + "." + signature;

    assertThat(verifier.verify(token)).isInstanceOf(Rejected.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RS256", "RS512", "PS256", "ES256", "ES256K", "EdDSA", "Ed25519", "none", "HS256 "
      })
  void refusesOtherAlgorithmsThoughTheirSignatureWereOurHmac(String algorithm) {
    String token = signed("{'alg':'" + algorithm + "'}", ANN);

    assertThat(verifier.verify(token)).isInstanceOf(Rejected.class);
  }

  static Stream<Arguments> headers() {
    return Stream.of(
        Arguments.of("{'alg':'HS256','kid':'../../../../dev/null'}", true),
        Arguments.of("{'alg':'HS256','kid':'x\\' OR 1=1 --'}", true),
        Arguments.of("{'alg':'HS256','jku':'https://evil.example/keys'}", true),
        Arguments.of("{'alg':'HS256','x5u':'https://evil.example/cert'}", true),
        Arguments.of("{'alg':'HS256','jwk':{'kty':'RSA','n':'AQAB','e':'AQAB'}}", true),
        Arguments.of("{'alg':'HS256','jwk':{'kty':'oct','k':'AAAA'}}", true),
        Arguments.of("{'alg':'HS256','crit':['exp'],'exp':1}", false),
        Arguments.of("{'alg':'HS256','crit':['x'],'x':1}", false),
        Arguments.of("{'alg':['HS256']}", false),
        Arguments.of("{'alg':null}", false),
        Arguments.of("{'alg':256}", false),
        Arguments.of("{'typ':'JWT'}", false),
        Arguments.of("{}", false),
        Arguments.of("[]", false),
        Arguments.of("null", false),
        Arguments.of("'HS256'", false),
        Arguments.of("{'alg':'HS256','cty':'json'}", true),
        Arguments.of("{'alg':'HS256','cty':7}", false),
        Arguments.of("{'alg':'HS256'", false),
        Arguments.of("", false));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void trustsNothingThatAHeaderSaysOfKeysAndNothingCriticalItDoesNotKnow(
      String header, boolean verified) {
    Verification ours = verifier.verify(signed(header, ANN));
    Verification theirs = verifier.verify(sign("HmacSHA256", LONG_SECRET, header, ANN));

    assertThat(ours instanceof Verified).isEqualTo(verified);
    assertThat(theirs).isInstanceOf(Rejected.class);
  }

  @Test
  void refusesAnotherSecret() {
    String token = sign("HmacSHA256", SECRET.replace('0', '1'), HS256, ANN);

    assertThat(verifier.verify(token)).isEqualTo(new Rejected("invalid signature"));
  }

  @Test
  void takesAnyOfItsSecretsSoThatTheyCanBeRotated() {
    TokenVerifier rotating = verifier(LONG_SECRET, SECRET);

    assertThat(rotating.verify(sign("HmacSHA256", LONG_SECRET, HS256, ANN)))
        .isInstanceOf(Verified.class);
    assertThat(rotating.verify(signed(HS256, ANN))).isInstanceOf(Verified.class);
    assertThat(rotating.verify(sign("HmacSHA256", "x".repeat(32), HS256, ANN)))
        .isEqualTo(new Rejected("invalid signature"));
    assertThat(verifier(LONG_SECRET).verify(signed(HS256, ANN)))
        .isEqualTo(new Rejected("invalid signature"));
  }

  @Test
  void refusesATokenOfWhichAnyCharacterWasChanged() {
    String token = signed(HS256, ANN);
    for (int i = 0; i < token.length(); i++) {
      for (char other : "AB=. ".toCharArray()) {
        if (other != token.charAt(i)) {
          String changed = token.substring(0, i) + other + token.substring(i + 1);

          assertThat(verifier.verify(changed)).isInstanceOf(Rejected.class);
        }
      }
    }
  }

  @Test
  void refusesATokenCutAnywhere() {
    String token = signed(HS256, ANN);
    for (int length = 0; length < token.length(); length++) {
      assertThat(verifier.verify(token.substring(0, length))).isInstanceOf(Rejected.class);
    }
  }

  static Stream<String> malformed() {
    String token = signed(HS256, ANN);
    return Stream.of(
        "",
        " ",
        ".",
        "..",
        "...",
        "....",
        "a.b.c",
        "Bearer " + token,
        token + ".",
        token + "." + token,
        "." + token,
        token + ".x.y",
        "ek_" + token,
        token.replace('.', ','),
        encode("{'alg':'dir','enc':'A256GCM'}") + "..AAAA.AAAA.AAAA",
        encode("{'alg':'RSA-OAEP','enc':'A128GCM'}") + ".AAAA.AAAA.AAAA.AAAA",
        encode(HS256) + "." + encode(ANN) + ".",
        encode(HS256) + ".." + mac(SECRET, encode(HS256) + "."),
        "{\"payload\":\"x\",\"signatures\":[]}",
        "null",
        "undefined",
        "\0",
        "🎤.🎤.🎤",
        "ａｂｃ." + encode(ANN) + ".x",
        "x".repeat(1 << 20),
        ".".repeat(1 << 20),
        ("x".repeat(400_000) + ".").repeat(3),
        encode("{'alg':'HS256','a':" + "[".repeat(20_000) + "]".repeat(20_000) + "}") + ".e30.AA",
        encode(HS256) + "." + encode("{'a':".repeat(20_000) + "1" + "}".repeat(20_000)) + ".AA",
        encode(HS256) + "." + encode("{'exp':1e999999999}") + ".AA",
        encode(HS256) + "." + encode("{'exp':" + "9".repeat(40_000) + "}") + ".AA");
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refusesWhatIsNoTokenWithoutRepeatingIt(String token) {
    Verification verification = verifier.verify(token);

    assertThat(verification).isInstanceOf(Rejected.class);
    assertThat(((Rejected) verification).error())
        .isIn("jwt malformed", "invalid algorithm", "invalid signature");
  }

  static Stream<Arguments> times() {
    long now = NOW.getEpochSecond();
    return Stream.of(
        Arguments.of("{'exp':" + (now + 1) + "}", ""),
        Arguments.of("{'exp':" + now + "}", "jwt expired"),
        Arguments.of("{'exp':" + (now - 1) + "}", "jwt expired"),
        Arguments.of("{'exp':0}", "jwt expired"),
        Arguments.of("{'exp':-1}", "jwt malformed"),
        Arguments.of("{'exp':-9223372036854775808}", "jwt malformed"),
        Arguments.of("{'exp':" + LATER + ".0}", ""),
        Arguments.of("{'exp':" + now + ".5}", ""),
        Arguments.of("{'exp':" + (now - 1) + ".999}", "jwt expired"),
        Arguments.of("{'exp':-0.5}", "jwt malformed"),
        Arguments.of("{'exp':1e-999999999}", "jwt expired"),
        Arguments.of("{'exp':" + "9".repeat(400) + "}", "jwt malformed"),
        Arguments.of("{'nbf':" + (now + 29) + ".9}", ""),
        Arguments.of("{'nbf':" + (now + 30) + ".1}", "jwt not active"),
        Arguments.of("{'iat':" + (now + 30) + ".1}", "jwt issued in the future"),
        Arguments.of("{'exp':'" + LATER + "'}", "jwt malformed"),
        Arguments.of("{'exp':''}", "jwt malformed"),
        Arguments.of("{'exp':true}", "jwt malformed"),
        Arguments.of("{'exp':[" + LATER + "]}", "jwt malformed"),
        Arguments.of("{'exp':{}}", "jwt malformed"),
        Arguments.of("{'exp':NaN}", "jwt malformed"),
        Arguments.of("{'exp':1e999}", "jwt malformed"),
        Arguments.of("{'nbf':" + (now + 30) + "}", ""),
        Arguments.of("{'nbf':" + (now + 31) + "}", "jwt not active"),
        Arguments.of("{'nbf':" + (now + 9999) + ",'exp':" + (now - 1) + "}", "jwt expired"),
        Arguments.of("{'nbf':'tomorrow'}", "jwt malformed"),
        Arguments.of("{'iat':" + (now + 30) + "}", ""),
        Arguments.of("{'iat':" + (now + 31) + "}", "jwt issued in the future"),
        Arguments.of("{'iat':'now'}", "jwt malformed"),
        Arguments.of("{'exp':9e9}", ""),
        Arguments.of("{'exp':9223372036854775807}", "jwt malformed"),
        Arguments.of("{'exp':9223372036854775808}", "jwt malformed"),
        Arguments.of("{'exp':253402300799}", ""),
        Arguments.of("{'exp':253402300799.5}", "jwt malformed"),
        Arguments.of("{'exp':253402300800}", "jwt malformed"),
        Arguments.of("{'exp':" + (now - 1) + ",'exp':" + LATER + "}", "jwt malformed"),
        Arguments.of("null", "jwt malformed"),
        Arguments.of("1", "jwt malformed"),
        Arguments.of("", "jwt malformed"),
        Arguments.of("{", "jwt malformed"));
  }

  @ParameterizedTest
  @MethodSource("times")
  void holdsATokenToItsTimes(String claims, String error) {
    Verification verification = verifier.verify(signed(HS256, claims));

    assertThat(verification instanceof Rejected(String why) ? why : "").isEqualTo(error);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'sub':'ann','userId':'bob'} | ann",
        "{'userId':'bob'} | bob",
        "{'userId':42} | 42",
        "{'sub':'','userId':'bob'} | bob",
        "{'sub':null,'userId':'bob'} | bob",
        "{'userId':''} | unknown",
        "{'userId':null} | unknown",
        "{'userId':{'id':1}} | unknown",
        "{'userId':['bob']} | unknown",
        "{'userId':true} | unknown",
        "{'userid':'bob'} | unknown",
        "{} | unknown",
        "{'sub':'änn 🎤'} | änn 🎤",
        "{'userId':'\\ud800'} | unknown",
      })
  void namesTheUserByTheSubjectElseTheUserIdElseUnknown(String claims, String id) {
    assertThat(verifier.verify(signed(HS256, claims)))
        .isEqualTo(new Verified(new User(id, Optional.empty())));
  }

  /** Users are keys of tables and logs: 1,024 characters, whichever claim names them. */
  @Test
  void boundsTheLengthOfAUsersName() {
    String longest = "u".repeat(1_024);

    for (String claim : List.of("sub", "userId")) {
      assertThat(verifier.verify(signed(HS256, "{'%s':'%s'}".formatted(claim, longest))))
          .isEqualTo(new Verified(new User(longest, Optional.empty())));
    }
    assertThat(verifier.verify(signed(HS256, "{'sub':'" + longest + "u'}")))
        .isEqualTo(new Rejected("jwt malformed"));
    assertThat(verifier.verify(signed(HS256, "{'userId':'" + longest + "u'}")))
        .isEqualTo(new Verified(new User("unknown", Optional.empty())));
  }

  @ParameterizedTest
  @CsvSource({"512, true", "513, false"})
  void boundsTheLengthOfAKeysName(int length, boolean taken) {
    String header = "{'alg':'HS256','kid':'" + "k".repeat(length) + "'}";

    assertThat(verifier.verify(signed(header, ANN)) instanceof Verified).isEqualTo(taken);
  }

  /** 32,768 characters in all: 24,515 bytes of claims in base64, a header and a signature. */
  @ParameterizedTest
  @CsvSource({"24515, true", "24516, false"})
  void boundsTheLengthOfAToken(int bytesOfClaims, boolean taken) {
    String claims = "{'sub':'ann','x':''}";
    String token =
        signed(
            HS256, claims.replace("''", "'" + "y".repeat(bytesOfClaims - claims.length()) + "'"));

    assertThat(token).hasSize(taken ? 32_768 : 32_769);
    assertThat(verifier.verify(token) instanceof Verified).isEqualTo(taken);
  }

  static Stream<Arguments> rules() {
    return Stream.of(
        Arguments.of(issuedBy("a", "b"), "{'iss':'a'}", ""),
        Arguments.of(issuedBy("a", "b"), "{'iss':'b'}", ""),
        Arguments.of(issuedBy("a", "b"), "{'iss':'c'}", "jwt issuer invalid"),
        Arguments.of(issuedBy("a"), "{'iss':'A'}", "jwt issuer invalid"),
        Arguments.of(issuedBy("a"), "{'iss':''}", "jwt issuer invalid"),
        Arguments.of(issuedBy("a"), "{'iss':null}", "jwt issuer invalid"),
        Arguments.of(issuedBy("a"), "{}", "jwt issuer invalid"),
        Arguments.of(issuedBy("a"), "{'iss':['a']}", "jwt malformed"),
        Arguments.of(meantFor("a", "b"), "{'aud':'b'}", ""),
        Arguments.of(meantFor("a"), "{'aud':['x','a']}", ""),
        Arguments.of(meantFor("a"), "{'aud':'x'}", "jwt audience invalid"),
        Arguments.of(meantFor("a"), "{'aud':['x','y']}", "jwt audience invalid"),
        Arguments.of(meantFor("a"), "{'aud':[]}", "jwt audience invalid"),
        Arguments.of(meantFor("a"), "{'aud':''}", "jwt audience invalid"),
        Arguments.of(meantFor("a"), "{'aud':null}", "jwt audience invalid"),
        Arguments.of(meantFor("a"), "{}", "jwt audience invalid"),
        Arguments.of(meantFor("a"), "{'aud':['a',7]}", "jwt malformed"),
        Arguments.of(meantFor("a"), "{'aud':{'a':1}}", "jwt malformed"),
        Arguments.of(TokenRules.USUAL, "{'aud':'anybody','iss':'anyone'}", ""),
        Arguments.of(having("email", "tid"), "{'email':'a@b','tid':0}", ""),
        Arguments.of(having("email", "tid"), "{'email':'a@b'}", "jwt lacks a required claim"),
        Arguments.of(having("email"), "{'email':null}", "jwt lacks a required claim"),
        Arguments.of(having("a.b"), "{'a':{'b':1}}", "jwt lacks a required claim"),
        Arguments.of(expiring(), "{}", "jwt without expiry"),
        Arguments.of(expiring(), "{'exp':null}", "jwt without expiry"),
        Arguments.of(expiring(), "{'exp':" + LATER + "}", ""),
        Arguments.of(skewed(0), "{'nbf':" + NOW.getEpochSecond() + "}", ""),
        Arguments.of(skewed(0), "{'nbf':" + (NOW.getEpochSecond() + 1) + "}", "jwt not active"),
        Arguments.of(skewed(60), "{'nbf':" + (NOW.getEpochSecond() + 60) + "}", ""),
        Arguments.of(skewed(60), "{'exp':" + NOW.getEpochSecond() + "}", "jwt expired"));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void holdsATokenToTheRulesOfTheSettings(TokenRules rules, String claims, String error) {
    Verification verification = verifier(rules, SECRET).verify(signed(HS256, claims));

    assertThat(verification instanceof Rejected(String why) ? why : "").isEqualTo(error);
  }

  private static TokenRules issuedBy(String... issuers) {
    return rules(Set.of(issuers), Set.of(), Set.of(), false, 30);
  }

  private static TokenRules meantFor(String... audiences) {
    return rules(Set.of(), Set.of(audiences), Set.of(), false, 30);
  }

  private static TokenRules having(String... claims) {
    return rules(Set.of(), Set.of(), Set.of(claims), false, 30);
  }

  private static TokenRules expiring() {
    return rules(Set.of(), Set.of(), Set.of(), true, 30);
  }

  private static TokenRules skewed(int seconds) {
    return rules(Set.of(), Set.of(), Set.of(), false, seconds);
  }

  private static TokenRules rules(
      Set<String> issuers,
      Set<String> audiences,
      Set<String> claims,
      boolean requireExpiry,
      int skewSeconds) {
    return new TokenRules(
        Set.of(),
        issuers,
        audiences,
        claims,
        requireExpiry,
        Duration.ofSeconds(skewSeconds),
        ModelAliases.NONE);
  }

  @Test
  void takesOnlyTheAlgorithmsThatTheSettingsAllow() {
    TokenRules rules =
        new TokenRules(
            Set.of("HS512"),
            Set.of(),
            Set.of(),
            Set.of(),
            false,
            Duration.ofSeconds(30),
            ModelAliases.NONE);
    TokenVerifier strict = verifier(rules, LONG_SECRET);

    assertThat(strict.verify(sign("HmacSHA512", LONG_SECRET, "{'alg':'HS512'}", ANN)))
        .isInstanceOf(Verified.class);
    assertThat(strict.verify(sign("HmacSHA256", LONG_SECRET, HS256, ANN)))
        .isEqualTo(new Rejected("invalid algorithm"));
  }

  @Test
  void remembersTheIdOfATokenAndWhenItWasIssued() {
    assertThat(verifier.verify(signed(HS256, "{'sub':'ann','jti':'t1','iat':1772366400}")))
        .isEqualTo(
            new Verified(
                new User(
                    "ann",
                    Optional.empty(),
                    Optional.of(Instant.ofEpochSecond(1_772_366_400)),
                    Set.of("t1"),
                    Grants.NONE)));
  }

  @Test
  void takesNoSecretThatIsTooShort() {
    assertThatThrownBy(() -> verifier("x".repeat(31)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an HMAC secret must have at least 32 bytes");
    assertThatThrownBy(
            () -> new TokenMint(new Secret("short"), CLOCK).mint("a", Duration.ZERO, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an HMAC secret must have at least 32 bytes");
  }

  @Test
  void takesWhatItsMintMade() {
    TokenMint mint = new TokenMint(new Secret(SECRET), CLOCK);

    String token =
        mint.mint(
            "ann",
            Duration.ofMinutes(5),
            Map.of("role", "x", "sub", "eve", "exp", 99_999_999_999L));

    assertThat(verifier.verify(token))
        .isEqualTo(
            new Verified(
                new User(
                    "ann",
                    Optional.of(NOW.plusSeconds(300)),
                    Optional.of(NOW),
                    Set.of(),
                    Grants.NONE)));
    assertThat(
            new String(
                Base64.getUrlDecoder().decode(List.of(token.split("\\.", -1)).get(1)),
                StandardCharsets.UTF_8))
        .contains("\"role\":\"x\"", "\"iat\":" + NOW.getEpochSecond())
        .doesNotContain("eve");
  }

  private static String signed(String header, String claims) {
    return sign("HmacSHA256", SECRET, header, claims);
  }

  private static String sign(String hmac, String secret, String header, String claims) {
    String input = encode(header) + "." + encode(claims);
    return input + "." + mac(hmac, secret, input);
  }

  private static String mac(String secret, String input) {
    return mac("HmacSHA256", secret, input);
  }

  private static String mac(String hmac, String secret, String input) {
    try {
      Mac mac = Mac.getInstance(hmac);
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), hmac));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal(input.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static String encode(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }
}
