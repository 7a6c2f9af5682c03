package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.TokenMint;
import io.donna.gateway.config.Secret;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A session rests on all of its tokens: none that renews it adds to what it may. */
class RenewalTest {
  private static final String TIERS =
      """
      default_tier: free
      tiers:
        free: {}
        held:
          limits: {messages_per_second: 1000, responses_per_minute: 100}
        gold:
          limits: {messages_per_second: 2000}
      """;

  @TempDir private static Path folder;
  private static Path revoked;
  private static TestUpstream upstream;
  private static RunningGateway gateway;
  private static int users;

  private final String user = "user" + users++;

  @BeforeAll
  static void start() throws IOException {
    revoked = Files.createFile(folder.resolve("revoked"));
    Path policy = Files.writeString(folder.resolve("policy.yaml"), TIERS);
    upstream = TestUpstream.start();
    gateway =
        RunningGateway.behind(upstream)
            .with("POLICY_FILE", policy)
            .with("JWT_REVOCATIONS_FILE", revoked)
            .start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
    upstream.close();
  }

  private String token(Map<String, Object> donna) {
    return token("held", donna);
  }

  private String token(String tier, Map<String, Object> donna) {
    Map<String, Object> claim = new HashMap<>(Map.of("tier", tier));
    claim.putAll(donna);
    return RunningGateway.token(user, Map.of("donna", claim));
  }

  private static Map<String, Object> models(String... names) {
    return Map.of("models", List.of(names));
  }

  private static void renew(TestClient client, String token, String answer) {
    client.send("{\"type\":\"authenticate\",\"token\":\"" + token + "\"}");
    assertThat(client.readText()).contains(answer);
  }

  private TestUpstream.Connection connect(TestClient client) {
    client.connectRealtime();
    return upstream.take().accept();
  }

  @Test
  void aTokenWithOtherModelsLeavesThoseThatBothHave() {
    try (TestClient client =
        TestClient.connect(gateway.port(), "/realtime?model=two")
            .authenticate(token(models("one", "two")))) {
      renew(client, token(models("one", "three")), "auth_success");
      client.connectRealtime();

      assertThat(client.readText()).contains("invalid_model");
      assertThat(client.read().closeCode()).isEqualTo(4000);
    }
  }

  @Test
  void aTokenWithoutTheModelInUseIsRefusedAndTheSessionGoesOn() {
    try (TestClient client =
        TestClient.connect(gateway.port(), "/realtime?model=two")
            .authenticate(token(models("one", "two")))) {
      client.connectRealtime();
      renew(client, token(models("one")), "renewal_refused");
      TestUpstream.Connection opened = upstream.take().accept();
      renew(client, token(models("one")), "renewal_refused");
      renew(client, token(models("two")), "auth_success");
      client.send("{\"type\":\"input_audio_buffer.clear\"}");

      opened.readUntil("input_audio_buffer.clear");
    }
  }

  @Test
  void aTokenWithASmallerLimitNarrowsAtOnceAndALargerOneChangesNothing() {
    try (TestClient client = gateway.connect().authenticate(token(Map.of()))) {
      TestUpstream.Connection opened = connect(client);
      renew(client, token(Map.of("limits", Map.of("messages_per_second", 1))), "auth_success");
      renew(client, token(Map.of("limits", Map.of("messages_per_second", 900))), "auth_success");
      renew(client, token(Map.of()), "auth_success");
      for (int i = 0; i < 3; i++) {
        client.send("{\"type\":\"input_audio_buffer.clear\"}");
      }

      assertThat(client.readText()).contains("rate_limit_exceeded");
      opened.readUntil("input_audio_buffer.clear");
    }
  }

  @Test
  void aRateThatIsUsedUpIsNotFilledAgainByALaterToken() {
    String second =
        "{\"type\":\"input_audio_buffer.append\",\"audio\":\"" + "A".repeat(64_000) + "\"}";
    try (TestClient client = gateway.connect().authenticate(token(speech(900)))) {
      TestUpstream.Connection opened = connect(client);
      client.send(second);
      opened.readUntil("input_audio_buffer.append");
      renew(client, token(speech(899)), "auth_success");

      client.send(second);

      assertThat(client.readText()).contains("rate_limit_exceeded");
      opened.close();
    }
  }

  private static Map<String, Object> speech(int idleSeconds) {
    return Map.of("limits", Map.of("audio_seconds_per_minute", 1, "idle_seconds", idleSeconds));
  }

  @Test
  void aBudgetOfALaterTokenHoldsTheSession() {
    try (TestClient client = gateway.connect().authenticate(token(Map.of()))) {
      TestUpstream.Connection opened = connect(client);
      renew(client, token(Map.of("limits", Map.of("tokens_per_session", 0))), "auth_success");
      renew(client, token(Map.of("limits", Map.of("tokens_per_session", 9_999))), "auth_success");
      client.send("{\"type\":\"response.create\"}");

      assertThat(client.readText()).contains("budget_exceeded");
      assertThat(client.read().closeCode()).isEqualTo(4029);
      opened.close();
    }
  }

  @Test
  void aShorterTimeIsCountedFromTheFirstConnection() {
    try (TestClient client = gateway.connect().authenticate(token(Map.of()))) {
      connect(client);
      renew(client, token(Map.of("limits", Map.of("session_seconds", 1))), "auth_success");

      assertThat(client.readText()).contains("session_expired");
      assertThat(client.read().closeCode()).isEqualTo(4008);
    }
  }

  @ParameterizedTest
  @CsvSource({"held, rival, held, acme", "held, acme, gold, acme", "held, acme, held, ''"})
  void aTokenOfAnotherTierOrTenantIsRefusedAndTheSessionGoesOn(
      String tier, String tenant, String laterTier, String laterTenant) {
    try (TestClient client =
        gateway.connect().authenticate(token(tier, Map.of("tenant", tenant)))) {
      Map<String, Object> later = laterTenant.isEmpty() ? Map.of() : Map.of("tenant", laterTenant);
      renew(client, token(laterTier, later), "\"code\":\"renewal_refused\"");
      renew(client, token(tier, Map.of("tenant", tenant)), "auth_success");
    }
  }

  @Test
  void limitsThatARunningSessionCannotTakeOnAreRefused() {
    try (TestClient client = gateway.connect().authenticate(token("free", Map.of()))) {
      connect(client);
      renew(
          client,
          token("free", Map.of("limits", Map.of("responses_per_minute", 1))),
          "renewal_refused");
    }
  }

  @ParameterizedTest
  @CsvSource({"jti, first", "jti, second", "before, first"})
  void revokingAnyOfItsTokensEndsIt(String by, String which) throws IOException {
    Instant now = Instant.now();
    String first =
        new TokenMint(
                new Secret(RunningGateway.SECRET),
                Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-10)))
            .mint(user, Duration.ofHours(1), Map.of("jti", user + "first"));
    String second = RunningGateway.token(user, Map.of("jti", user + "second"));
    try (TestClient client = gateway.connect().authenticate(first)) {
      renew(client, second, "auth_success");
      renew(client, RunningGateway.token(user, Map.of("jti", user + "third")), "auth_success");
      String line =
          by.equals("jti")
              ? "{\"jti\":\"" + user + which + "\"}\n"
              : "{\"sub\":\"%s\",\"before\":\"%s\"}\n".formatted(user, now.minusSeconds(60));
      Files.writeString(revoked, line);

      assertThat(client.readText()).contains("Token revoked");
      assertThat(client.read().closeCode()).isEqualTo(4003);
    }
  }

  @Test
  void aSessionStillEndsWithItsNewestToken() {
    try (TestClient client = gateway.connect().authenticate(RunningGateway.token(user))) {
      renew(client, RunningGateway.token(user, Duration.ofSeconds(2)), "auth_success");
      assertThat(client.readText()).contains("token_expiring");

      assertThat(client.readText()).contains("Token expired");
    }
  }
}
