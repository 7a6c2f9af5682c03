package io.donna.gateway.auth;

import static io.donna.gateway.auth.TestKeys.jwk;
import static io.donna.gateway.auth.TestKeys.jwks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.auth.Verification.Awaited;
import io.donna.gateway.auth.Verification.Decided;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Unavailable;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.AuthSettings;
import io.donna.gateway.config.PublicKeySettings;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.TokenRules;
import io.donna.gateway.kit.KeySetServer;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(30)
class RemoteKeySetTest {
  private static final Duration NEVER = Duration.ofDays(1);
  private static final Executor BLOCKING = task -> Thread.ofVirtual().start(task);
  private static final String OLD = jwks(jwk(TestKeys.RSA, "old"));
  private static final String NEW = jwks(jwk(TestKeys.RSA, "old"), jwk(TestKeys.P256, "new"));

  private final KeySetServer server = KeySetServer.start().serve("/keys", OLD);

  @AfterEach
  void stop() {
    server.close();
  }

  private RemoteKeySet keys(RemoteKeySet.Pace pace) {
    return new RemoteKeySet(KeySetDownload.at(server.uri("/keys")), pace, BLOCKING);
  }

  private static RemoteKeySet.Pace onDemand(Duration least) {
    return new RemoteKeySet.Pace(NEVER, least, NEVER);
  }

  private static TokenVerifier verifier(RemoteKeySet keys) {
    return new TokenVerifier(
        KeySet.EMPTY,
        Optional.of(keys),
        TokenRules.USUAL,
        new Revocations(),
        new LateChecks(),
        Clock.systemUTC());
  }

  private static Decided decided(Verification verification) {
    return switch (verification) {
      case Decided decided -> decided;
      case Awaited(var decision) -> decision.toCompletableFuture().join();
    };
  }

  private static String old() {
    return TestKeys.token("RS256", "old", TestKeys.RSA.getPrivate(), "{'sub':'ann'}");
  }

  private static String fresh() {
    return TestKeys.token("ES256", "new", TestKeys.P256.getPrivate(), "{'sub':'ann'}");
  }

  private static String unknown(int number) {
    return TestKeys.token("ES256", "k" + number, TestKeys.P256.getPrivate(), "{'sub':'eve'}");
  }

  @Test
  void asksNobodyForAKeyThatItHas() {
    try (RemoteKeySet keys = keys(onDemand(Duration.ZERO))) {
      assertThat(decided(verifier(keys).verify(old()))).isInstanceOf(Verified.class);

      for (int i = 0; i < 100; i++) {
        assertThat(verifier(keys).verify(old())).isInstanceOf(Verified.class);
      }
      assertThat(server.requests()).isEqualTo(1);
    }
  }

  @Test
  void asksOnceMoreForAKeyThatIsNew() {
    try (RemoteKeySet keys = keys(onDemand(Duration.ZERO))) {
      decided(verifier(keys).verify(old()));
      server.serve("/keys", NEW);

      assertThat(decided(verifier(keys).verify(fresh()))).isInstanceOf(Verified.class);
      assertThat(verifier(keys).verify(fresh())).isInstanceOf(Verified.class);
      assertThat(server.requests()).isEqualTo(2);
    }
  }

  @Test
  void asksOnceForAllThatWaitForTheSameAnswer() {
    String token = old();
    server.hold();
    try (RemoteKeySet keys = keys(onDemand(Duration.ofMinutes(1)))) {
      Verification[] waiting =
          Stream.generate(() -> verifier(keys).verify(token))
              .limit(500)
              .toArray(Verification[]::new);
      assertThat(waiting).allMatch(Awaited.class::isInstance);

      server.release();

      assertThat(waiting).allMatch(one -> decided(one) instanceof Verified);
      assertThat(server.requests()).isEqualTo(1);
    }
  }

  @Test
  void asksAtABoundedRateHoweverManyUnknownKeysComeAndPutsTheOthersOffAtOnce() {
    try (RemoteKeySet keys = keys(onDemand(Duration.ofMinutes(1)))) {
      decided(verifier(keys).verify(old()));
      String token = unknown(0);
      for (int i = 1; i < RemoteKeySet.BURST; i++) {
        assertThat(decided(verifier(keys).verify(token)))
            .isEqualTo(new Rejected("invalid signature"));
      }
      for (int i = 0; i < 1_000; i++) {
        assertThat(verifier(keys).verify(token))
            .isEqualTo(new Unavailable("key set fetched a moment ago"));
      }

      assertThat(server.requests()).isEqualTo(RemoteKeySet.BURST);
    }
  }

  /** Strangers use up the rate right before a rotation: that refuses nobody for good. */
  @Test
  void refusesNoTokenOfANewKeyHoweverManyUnknownKeysCome() {
    try (RemoteKeySet keys = keys(onDemand(Duration.ofMillis(300)))) {
      TokenVerifier verifier = verifier(keys);
      decided(verifier.verify(old()));
      int strangers = 0;
      while (!(decided(verifier.verify(unknown(strangers++))) instanceof Unavailable)) {}
      server.serve("/keys", NEW);

      Decided decided = decided(verifier.verify(fresh()));
      while (!(decided instanceof Verified)) {
        assertThat(decided).isEqualTo(new Unavailable("key set fetched a moment ago"));
        decided(verifier.verify(unknown(strangers++)));
        decided = decided(verifier.verify(fresh()));
      }
    }
  }

  @Test
  void takesTokensOfAKeySetThatIsRotatedRightAfterItWasFetched() {
    try (RemoteKeySet keys = keys(onDemand(Duration.ofMinutes(1)))) {
      decided(verifier(keys).verify(old()));
      assertThat(decided(verifier(keys).verify(unknown(0)))).isInstanceOf(Rejected.class);
      server.serve("/keys", NEW);

      assertThat(decided(verifier(keys).verify(fresh()))).isInstanceOf(Verified.class);
    }
  }

  @Test
  void asksAgainWhereTheFetchUnderWayBeganBeforeTheKeyWasPublished() {
    server.hold();
    try (RemoteKeySet keys = keys(onDemand(Duration.ofMinutes(1)))) {
      await().until(() -> server.requests() == 1);
      Verification waiting = verifier(keys).verify(fresh());
      server.serve("/keys", NEW);
      server.release();

      assertThat(decided(waiting)).isInstanceOf(Verified.class);
    }
  }

  @Test
  void asksNobodyAboutASecretsAlgorithm() {
    try (RemoteKeySet keys = keys(onDemand(Duration.ZERO))) {
      decided(verifier(keys).verify(old()));
      String token =
          TestKeys.sign("HS256", TestKeys.hmac("x".repeat(32)), "{'alg':'HS256','kid':'z'}", "{}");

      assertThat(verifier(keys).verify(token)).isEqualTo(new Rejected("invalid signature"));
      assertThat(server.requests()).isEqualTo(1);
    }
  }

  @Test
  void renewsItsKeysBeforeAnybodyMissesOne() {
    RemoteKeySet.Pace quick =
        new RemoteKeySet.Pace(Duration.ofMillis(50), Duration.ofMillis(10), Duration.ofSeconds(1));
    try (RemoteKeySet keys = keys(quick)) {
      await().until(() -> !keys.keys().keys().isEmpty());
      server.serve("/keys", NEW);

      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> verifier(keys).verify(fresh()) instanceof Verified);
      server.serve("/keys", jwks(jwk(TestKeys.P384, "newest")));
      // A key that is published no more is used no more.
      await().atMost(Duration.ofSeconds(10)).until(() -> keys.keys().keys().size() == 1);
      assertThat(decided(verifier(keys).verify(old())))
          .isEqualTo(new Rejected("invalid signature"));
    }
  }

  @Test
  void keepsTheLastKeysThroughAnOutageAndRecovers() {
    RemoteKeySet.Pace quick =
        new RemoteKeySet.Pace(Duration.ofMillis(20), Duration.ofMillis(20), Duration.ofMillis(40));
    try (RemoteKeySet keys = keys(quick)) {
      await().until(() -> !keys.keys().keys().isEmpty());
      for (String trouble : new String[] {"", "<html>", "{\"keys\":[]}"}) {
        server.answer("/keys", trouble.isEmpty() ? 500 : 200, trouble, Map.of());
        int before = server.requests();
        await().atMost(Duration.ofSeconds(10)).until(() -> server.requests() > before + 2);

        assertThat(verifier(keys).verify(old())).isInstanceOf(Verified.class);
        assertThat(decided(verifier(keys).verify(unknown(1))))
            .isEqualTo(new Unavailable("key set unavailable"));
      }
      server.serve("/keys", NEW);

      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> verifier(keys).verify(fresh()) instanceof Verified);
    }
  }

  @Test
  void findsTheKeysOfAnIssuerAndTakesOnlyTokensOfItsOwn() {
    String issuer = server.uri("").toString();
    server.serve(
        "/.well-known/openid-configuration",
        "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}".formatted(issuer, server.uri("/keys")));
    try (RemoteKeySet keys =
        new RemoteKeySet(KeySetDownload.of(issuer), onDemand(Duration.ofMinutes(1)), BLOCKING)) {
      String own = "{'sub':'ann','iss':'" + issuer + "'}";
      assertThat(
              decided(
                  verifier(keys)
                      .verify(TestKeys.token("RS256", "old", TestKeys.RSA.getPrivate(), own))))
          .isInstanceOf(Verified.class);
      assertThat(verifier(keys).verify(old())).isEqualTo(new Rejected("jwt issuer invalid"));
      assertThat(
              verifier(keys)
                  .verify(
                      TestKeys.token(
                          "RS256",
                          "old",
                          TestKeys.RSA.getPrivate(),
                          "{'sub':'ann','iss':'" + issuer + "/'}")))
          .isEqualTo(new Rejected("jwt issuer invalid"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | Key set: 1 key for ES256.",
        "2 | Key set: 2 keys for ES256, PS256.",
        "3 | Key set: 2 keys for ES256, PS256. 1 more cannot verify tokens.",
      })
  void describesAKeySetToItsOperator(int count, String description) throws IOException {
    String[] keys = {
      jwk(TestKeys.P256, "a"),
      jwk(TestKeys.RSA, "b", "'alg':'PS256'"),
      jwk(TestKeys.RSA, "c", "'use':'enc'")
    };
    server.serve("/keys", jwks(Arrays.copyOf(keys, count)));
    AuthSettings settings = settings(Optional.of(server.uri("/keys")), Optional.empty());
    try (TokenKeys tokenKeys = new TokenKeys(settings, new Revocations(), BLOCKING)) {
      assertThat(tokenKeys.tryKeySet()).hasValue(description);
    }
  }

  private static AuthSettings settings(Optional<URI> url, Optional<String> issuer) {
    AuthSettings usual = AuthSettings.of(List.of(new Secret("s".repeat(32))));
    return new AuthSettings(
        usual.secrets(),
        new PublicKeySettings(url, issuer, Optional.empty()),
        usual.rules(),
        usual.credentials(),
        usual.revocations(),
        usual.clientSecretKeys(),
        usual.timeout(),
        usual.optional());
  }

  @Test
  void verifiesByItsSecretAndByTheKeysOfAnIssuer() throws IOException {
    String issuer = server.uri("").toString();
    server.serve(
        "/.well-known/openid-configuration",
        "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}".formatted(issuer, server.uri("/keys")));
    AuthSettings settings = settings(Optional.empty(), Optional.of(issuer));
    try (TokenKeys keys = new TokenKeys(settings, new Revocations(), BLOCKING)) {
      TokenVerifier verifier = keys.verifier(settings, Clock.systemUTC());
      String claims = "{'sub':'ann','iss':'" + issuer + "'}";

      assertThat(
              decided(
                  verifier.verify(
                      TestKeys.token("RS256", "old", TestKeys.RSA.getPrivate(), claims))))
          .isInstanceOf(Verified.class);
      assertThat(
              verifier.verify(
                  TestKeys.sign("HS256", TestKeys.hmac("s".repeat(32)), "{'alg':'HS256'}", "{}")))
          .isInstanceOf(Verified.class);
    }
  }

  @Test
  void describesNoKeySetWhereNoneIsSet() throws IOException {
    AuthSettings settings = settings(Optional.empty(), Optional.empty());
    try (TokenKeys keys = new TokenKeys(settings, new Revocations(), BLOCKING)) {
      assertThat(keys.tryKeySet()).isEmpty();
    }
  }

  /** A gateway that is stopped asks nobody any more. */
  @Test
  void asksNobodyOnceItIsClosed() throws Exception {
    AtomicInteger fetches = new AtomicInteger();
    RemoteKeySet.Source source =
        () -> {
          fetches.incrementAndGet();
          return KeySet.EMPTY;
        };
    RemoteKeySet.Pace quick =
        new RemoteKeySet.Pace(Duration.ofMillis(1), Duration.ZERO, Duration.ofMillis(1));
    RemoteKeySet keys = new RemoteKeySet(source, quick, BLOCKING);
    await().until(() -> fetches.get() > 3);

    keys.close();

    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> {
          int before = fetches.get();
          Thread.sleep(100);
          return fetches.get() == before;
        });
  }

  /** Whoever waits for a fetch that has not begun is told at once. */
  @Test
  void saysThatKeysAreUnavailableWhereNoFetchCanBegin() {
    AtomicBoolean exhausted = new AtomicBoolean();
    Executor executor =
        task -> {
          if (exhausted.get()) {
            throw new RejectedExecutionException("no thread");
          }
          task.run();
        };
    RemoteKeySet.Source source =
        () -> {
          throw new IOException("down");
        };
    try (RemoteKeySet keys = new RemoteKeySet(source, onDemand(Duration.ofMinutes(1)), executor)) {
      exhausted.set(true);

      assertThatThrownBy(() -> keys.newer(() -> false))
          .isInstanceOf(RejectedExecutionException.class);
      exhausted.set(false);
      assertThat(keys.newer(() -> false)).isCompletedWithValue(RemoteKeySet.Renewal.FAILED);
    }
  }

  /** The pauses after failures double up to their limit. */
  @Test
  void asksAProviderThatIsDownLessAndLessOften() {
    List<Long> fetches = new CopyOnWriteArrayList<>();
    RemoteKeySet.Source source =
        () -> {
          fetches.add(System.nanoTime());
          throw new IOException("down");
        };
    RemoteKeySet.Pace pace =
        new RemoteKeySet.Pace(NEVER, Duration.ofMillis(40), Duration.ofMillis(160));
    try (RemoteKeySet keys = new RemoteKeySet(source, pace, BLOCKING)) {
      await().atMost(Duration.ofSeconds(20)).until(() -> fetches.size() > 5);

      // No pause is shorter, however long a busy machine makes it.
      List<Integer> pauses = List.of(40, 80, 160, 160, 160);
      for (int i = 0; i < pauses.size(); i++) {
        assertThat(Duration.ofNanos(fetches.get(i + 1) - fetches.get(i)))
            .isGreaterThanOrEqualTo(Duration.ofMillis(pauses.get(i) - 5));
      }
      assertThat(Duration.ofNanos(fetches.get(5) - fetches.get(0)))
          .isLessThan(Duration.ofSeconds(10));
      assertThat(keys.keys()).isEqualTo(KeySet.EMPTY);
    }
  }

  static Stream<Arguments> configurations() {
    return Stream.of(
        Arguments.of("{\"issuer\":\"ISSUER/\",\"jwks_uri\":\"KEYS\"}", "names another issuer"),
        Arguments.of("{\"issuer\":\"https://a.example\",\"jwks_uri\":\"KEYS\"}", "names another"),
        Arguments.of("{\"jwks_uri\":\"KEYS\"}", "names another issuer"),
        Arguments.of("{\"issuer\":\"ISSUER\"}", "has no https:// jwks_uri"),
        Arguments.of(
            "{\"issuer\":\"ISSUER\",\"jwks_uri\":\"file:///etc/passwd\"}",
            "has no https:// jwks_uri"),
        Arguments.of("{\"issuer\":\"ISSUER\",\"jwks_uri\":\"/keys\"}", "has no https:// jwks_uri"),
        Arguments.of(
            "{\"issuer\":\"ISSUER\",\"jwks_uri\":\"http://a b\"}", "has no https:// jwks_uri"),
        Arguments.of("{\"issuer\":\"ISSUER\",\"jwks_uri\":7}", "has no https:// jwks_uri"),
        Arguments.of(
            "{\"issuer\":\"ISSUER\",\"jwks_uri\":\"https:/keys\"}", "has no https:// jwks"),
        Arguments.of("[]", "is not an OpenID configuration"),
        Arguments.of("<html>", "is not an OpenID configuration"));
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void takesNoConfigurationThatIsNotTheIssuersOwn(String configuration, String why) {
    String issuer = server.uri("").toString();
    server.serve(
        "/.well-known/openid-configuration",
        configuration.replace("ISSUER", issuer).replace("KEYS", server.uri("/keys").toString()));

    try (KeySetDownload download = KeySetDownload.of(issuer)) {
      assertThatThrownBy(download::fetch).isInstanceOf(IOException.class).hasMessageContaining(why);
    }
  }

  @Test
  void followsNoRedirectAndReadsNoEndlessDocument() {
    server.answer("/away", 302, "", Map.of("Location", server.uri("/keys").toString()));
    server.serve("/large", "{\"keys\":[],\"x\":\"" + "y".repeat(600_000) + "\"}");

    for (String[] row :
        new String[][] {
          {"/away", "answers 302"}, {"/large", "cannot be fetched"}, {"/no", "answers 404"}
        }) {
      try (KeySetDownload download = KeySetDownload.at(server.uri(row[0]))) {
        assertThatThrownBy(download::fetch)
            .isInstanceOf(IOException.class)
            .hasMessageContaining(row[1]);
      }
    }
  }
}
