package io.donna.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.ClientSecretRequest.Asked;
import io.donna.gateway.auth.ClientSecretRequest.Malformed;
import io.donna.gateway.auth.ClientSecrets.Minted;
import io.donna.gateway.auth.Verification.Decided;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.Api;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.TokenRules;
import io.donna.gateway.kit.Choices;
import io.donna.gateway.kit.Property;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ClientSecretsTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Secret KEY = new Secret("0123456789abcdef0123456789abcdef");
  private static final Secret OTHER = new Secret("another secret that is long enough");
  private static final User ANN =
      new User(
          "ann",
          Optional.of(NOW.plusSeconds(3_600)),
          Optional.of(NOW.minusSeconds(60)),
          Set.of("t1"),
          new Grants(
              Optional.of("gold"),
              Optional.of("acme"),
              Optional.of(Set.of("a", "b")),
              Map.of(TokenLimit.USD_PER_DAY, new BigDecimal("1.50"))));

  private static ClientSecrets at(Instant time, Secret... secrets) {
    return new ClientSecrets(List.of(secrets), Clock.fixed(time, ZoneOffset.UTC));
  }

  private static byte[] derived(Secret secret, String purpose) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(TestKeys.hmac(secret.bytes()));
    return mac.doFinal(purpose.getBytes(StandardCharsets.US_ASCII));
  }

  private static ObjectNode session(String json) {
    return (ObjectNode) JsonMapper.shared().readTree(json.replace('\'', '"'));
  }

  private static Minted mint(User user) {
    return at(NOW, KEY).mint(user, Duration.ofMinutes(10), session("{'type':'realtime','x':1}"));
  }

  private static String token(Minted minted) {
    assertThat(minted.value()).startsWith("ek_");
    return minted.value().substring(3);
  }

  @Test
  void speaksForTheUserWhoAskedForItAsTheirTokenDid() {
    Minted minted = mint(ANN);

    assertThat(minted.expiry()).isEqualTo(NOW.plusSeconds(600));
    assertThat(at(NOW.plusSeconds(599), KEY).verify(token(minted)))
        .hasValueSatisfying(decided -> {
          Verified verified = (Verified) decided;
          assertThat(verified.session()).hasValue(session("{'type':'realtime','x':1}"));
          assertThat(verified.user().tokenIds()).hasSize(2).contains("t1");
          assertThat(verified.user())
              .usingRecursiveComparison()
              .ignoringFields("tokenIds")
              .isEqualTo(ANN);
        });
  }

  /** Whatever a token says of its user, or does not say. */
  @Test
  void carriesEveryUserUnchanged() {
    Property.holds(
        200,
        choices -> {
          User user =
              new User(
                  choices.of(List.of("ann", "bob", "änn 🎤")),
                  some(choices, NOW.plusSeconds(700)),
                  some(choices, NOW.minusSeconds(60)),
                  choices.yes() ? Set.of("t1", "t2") : Set.of(),
                  new Grants(
                      some(choices, "gold"),
                      some(choices, "acme"),
                      some(choices, choices.yes() ? Set.of("a") : Set.of()),
                      choices.yes() ? Map.of(TokenLimit.SESSIONS, new BigDecimal("2")) : Map.of()));
          Optional<ObjectNode> session = some(choices, session("{'type':'realtime'}"));
          ClientSecrets secrets = at(NOW, KEY);

          Minted minted = secrets.mint(user, Duration.ofMinutes(10), session.orElse(session("{}")));

          Verified verified = (Verified) secrets.verify(token(minted)).orElseThrow();
          assertThat(verified.session()).isEqualTo(session);
          assertThat(verified.user().tokenIds())
              .containsAll(user.tokenIds())
              .hasSize(user.tokenIds().size() + 1);
          assertThat(verified.user())
              .usingRecursiveComparison()
              .ignoringFields("tokenIds")
              .isEqualTo(user);
        });
  }

  private static <T> Optional<T> some(Choices choices, T value) {
    return choices.yes() ? Optional.of(value) : Optional.empty();
  }

  /** As each has an ID of its own, it can be revoked without the token that it rests on. */
  @Test
  void hasAnIdOfItsOwn() {
    ClientSecrets secrets = at(NOW, KEY);
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      Verified verified = (Verified) secrets.verify(token(mint(ANN))).orElseThrow();
      ids.addAll(verified.user().tokenIds());
    }

    assertThat(ids).hasSize(11).contains("t1");
  }

  @Test
  void isNoneWithPartsOfAnotherLength() {
    String[] parts = token(mint(ANN)).split("\\.", -1);
    for (String changed :
        List.of(
            String.join(".", parts[0], "", parts[2], parts[3]),
            String.join(".", parts[0], "", parts[2], parts[3], parts[4], ""),
            String.join(".", parts[0], "", "", parts[3], parts[4]),
            String.join(".", parts[0], "", "AAAA" + parts[2], parts[3], parts[4]),
            String.join(".", parts[0], "", parts[2], "", parts[4]),
            String.join(".", parts[0], "", parts[2], parts[3], ""),
            String.join(".", parts[0], "", parts[2], parts[3], parts[4].substring(0, 16)),
            String.join(".", parts[0], "", parts[2], parts[3], "AAAA" + parts[4]),
            String.join(".", parts[0], "", "*", parts[3], parts[4]),
            String.join(".", parts[0], "", parts[2], "*", parts[4]),
            String.join(".", parts[0], "", parts[2], parts[3], "*"),
            String.join(".", parts[0], "", parts[2], "A".repeat(40_000), parts[4]))) {
      assertThat(at(NOW, KEY).verify(changed)).hasValue(new Rejected("invalid signature"));
    }
  }

  /** Whoever has the page has the key, and need not learn more than that it opens a session. */
  @Test
  void saysNothingToWhoeverHoldsIt() {
    String secret =
        token(at(NOW, KEY).mint(ANN, Duration.ofMinutes(10), session("{'instructions':'hush'}")));

    assertThat(secret.split("\\.", -1))
        .hasSize(5)
        .allSatisfy(part ->
            assertThat(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8))
                .doesNotContain("ann", "hush", "gold", "acme"));
    assertThat(token(mint(ANN))).isNotEqualTo(token(mint(ANN)));
  }

  /** As earlier versions made them: signed by a key that was derived for that alone. */
  @Test
  void takesThoseThatAreOnlySignedUntilTheyExpire() throws GeneralSecurityException {
    String signed =
        TestKeys.sign(
            "HS256",
            TestKeys.hmac(derived(KEY, "donna: client secrets")),
            "{'alg':'HS256','typ':'donna-client-secret+jwt'}",
            "{'sub':'ann','exp':%d,'user_jti':[]}".formatted(NOW.plusSeconds(9).getEpochSecond()));

    assertThat(at(NOW, OTHER, KEY).verify(signed).orElseThrow()).isInstanceOf(Verified.class);
    assertThat(at(NOW.plusSeconds(9), KEY).verify(signed))
        .hasValue(new Rejected("client secret expired"));
  }

  @Test
  void opensSessionsUntilItsEndAndNoLongerThanTheTokenItRestsOn() {
    Minted minted = mint(ANN);
    Minted brief = mint(new User("ann", Optional.of(NOW.plusSeconds(20))));

    assertThat(at(NOW.plusSeconds(600), KEY).verify(token(minted)))
        .hasValue(new Rejected("client secret expired"));
    assertThat(brief.expiry()).isEqualTo(NOW.plusSeconds(20));
    assertThat(at(NOW.plusSeconds(19), KEY).verify(token(brief)).orElseThrow())
        .isInstanceOf(Verified.class);
    assertThat(at(NOW.plusSeconds(20), KEY).verify(token(brief)))
        .hasValue(new Rejected("client secret expired"));
  }

  @Test
  void isTakenByEveryGatewayWithTheSameKeyAndByNoOther() {
    String token = token(mint(ANN));

    assertThat(at(NOW, OTHER, KEY).verify(token).orElseThrow()).isInstanceOf(Verified.class);
    assertThat(at(NOW, OTHER).verify(token)).hasValue(new Rejected("invalid signature"));
    assertThat(at(NOW).verify(token)).hasValue(new Rejected("invalid signature"));
    ClientSecrets ownKey = at(NOW);
    assertThat(
            ownKey
                .verify(token(ownKey.mint(ANN, Duration.ofMinutes(1), session("{}"))))
                .orElseThrow())
        .isInstanceOf(Verified.class);
  }

  @Test
  void isNoTokenOfAUserAndNoTokenOfAUserIsOne() {
    TokenVerifier verifier =
        new TokenVerifier(
            new KeySet(List.of(VerificationKey.ofSecret(KEY))),
            Optional.empty(),
            TokenRules.USUAL,
            new Revocations(),
            new LateChecks(),
            Clock.fixed(NOW, ZoneOffset.UTC));
    String users = TestKeys.sign("HS256", TestKeys.hmac(KEY.value()), "{'alg':'HS256'}", "{}");
    String disguised =
        TestKeys.sign(
            "HS256",
            TestKeys.hmac(KEY.value()),
            "{'alg':'HS256','typ':'donna-client-secret+jwt'}",
            "{'sub':'ann','exp':9999999999,'user_jti':[]}");

    assertThat(verifier.verify(token(mint(ANN)))).isInstanceOf(Rejected.class);
    assertThat(at(NOW, KEY).verify(users)).isEmpty();
    assertThat(at(NOW, KEY).verify(disguised)).hasValue(new Rejected("invalid signature"));
  }

  @Test
  void isRefusedWhereAnyCharacterWasChanged() {
    String token = token(mint(ANN));
    for (int i = 0; i < token.length(); i++) {
      String changed =
          token.substring(0, i) + (token.charAt(i) == 'A' ? 'B' : 'A') + token.substring(i + 1);
      Optional<Decided> decided = at(NOW, KEY).verify(changed);

      assertThat(decided.filter(Verified.class::isInstance)).isEmpty();
    }
  }

  private static ClientSecretRequest read(String body) {
    return ClientSecretRequest.read(
        ByteBuffer.wrap(body.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "~~ | 600 | {'type':'realtime'}",
        "{} | 600 | {'type':'realtime'}",
        "{'session':null,'expires_after':null} | 600 | {'type':'realtime'}",
        "{'expires_after':{'anchor':'created_at','seconds':10}} | 10 | {'type':'realtime'}",
        "{'expires_after':{'seconds':7200}} | 7200 | {'type':'realtime'}",
        "{'session':{'type':'realtime','model':'m','audio':{'output':{'voice':'marin'}}}} | 600 |"
            + " {'type':'realtime','model':'m','audio':{'output':{'voice':'marin'}}}",
        "{'session':{'instructions':'x','id':'sess_1','object':'y','expires_at':0}} | 600 |"
            + " {'type':'realtime','instructions':'x'}",
      })
  void readsWhatIsAskedFor(String body, long seconds, String session) {
    assertThat(read(body))
        .isEqualTo(new Asked(Api.REALTIME, Duration.ofSeconds(seconds), session(session)));
  }

  @Test
  void readsTheTypeOfTheSession() {
    assertThat(read("{'session':{'type':'transcription'}}"))
        .isEqualTo(
            new Asked(
                Api.TRANSCRIPTION, Duration.ofMinutes(10), session("{'type':'transcription'}")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]|",
        "x|",
        "{'a':1,'a':2}|",
        "{} {}|",
        "{'expires_after':600}|expires_after",
        "{'expires_after':{'seconds':9}}|expires_after",
        "{'expires_after':{'seconds':7201}}|expires_after",
        "{'expires_after':{'seconds':'600'}}|expires_after",
        "{'expires_after':{'seconds':60.5}}|expires_after",
        "{'expires_after':{'seconds':99999999999}}|expires_after",
        "{'expires_after':{'anchor':'now','seconds':60}}|expires_after",
        "{'session':'x'}|session",
        "{'session':[]}|session",
        "{'session':{'type':'translation'}}|session.type",
        "{'session':{'type':7}}|session.type",
        "{'session':{'model':7}}|session.model",
        "{'session':{'model':''}}|session.model",
        "{'session':{'model':' '}}|session.model",
        "{'session':{'model':null}}|session.model",
        "{'expires_after':[]}|expires_after",
        "{'expires_after':{'seconds':null}}|expires_after",
      })
  void saysWhatItDoesNotTake(String row) {
    String body = row.substring(0, row.indexOf('|'));
    String parameter = row.substring(row.indexOf('|') + 1);

    assertThat(((Malformed) read(body)).parameter().orElse("")).isEqualTo(parameter);
  }

  @ParameterizedTest
  @CsvSource({"8192, true", "8193, false"})
  void takesNoSessionThatNoHeaderHolds(int length, boolean taken) {
    String rest = "{'type':'realtime','instructions':''}";
    String session = rest.replace("''", "'" + "x".repeat(length - rest.length()) + "'");

    assertThat(read("{'session':" + session + "}"))
        .isEqualTo(
            taken
                ? new Asked(Api.REALTIME, Duration.ofMinutes(10), session(session))
                : new Malformed(
                    "session must have at most 8 KiB: the secret contains it.",
                    Optional.of("session")));
  }
}
