package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The token's tier decides, and what the meter has counted is what budgets go by. */
class TierByTokenTest {
  private static final String POLICY =
      """
      default_tier: closed
      tiers:
        closed: {models: {allowed: [other], default: other}}
        small:
          budgets:
            - {per: user, window: month, tokens: 5}
        spoken:
          budgets:
            - {per: session, usd: 0.000001}
        open: {}
      """;

  @TempDir private Path folder;

  private RunningGateway start(Simulator simulator) throws IOException {
    Path file = Files.writeString(folder.resolve("policy.yaml"), POLICY);
    return RunningGateway.behind(simulator.uri()).with("POLICY_FILE", file).start();
  }

  private static TestClient connect(RunningGateway gateway, Map<String, Object> claims) {
    String token = RunningGateway.token("ann", claims);
    return gateway.connectDropIn("Authorization: Bearer " + token);
  }

  @Test
  void endsASessionThatHasUsedUpItsTiersBudgetAndLetsNoOtherOfItsUserIn() throws IOException {
    try (Simulator simulator = Simulator.builder().speed(40).start();
        RunningGateway gateway = start(simulator)) {
      Map<String, Object> small = Map.of("donna", Map.of("tier", "small"));
      try (TestClient client = connect(gateway, small)) {
        assertThat(client.readText()).contains("session.created");
        client.send(
            "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\","
                + "\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"Hello!\"}]}}");
        client.send("{\"type\":\"response.create\"}");

        String said = client.readText();
        while (!said.contains("budget_exceeded")) {
          said = client.readText();
        }
        assertThat(client.readClose().closeCode()).isEqualTo(4029);
      }

      try (TestClient again = connect(gateway, small)) {
        assertThat(again.readText()).contains("budget_exceeded");
        assertThat(again.readClose().closeCode()).isEqualTo(4029);
      }
    }
  }

  @Test
  void endsASessionWhoseBudgetTranscriptionsAloneUseUp() throws IOException {
    try (Simulator simulator = Simulator.builder().speed(40).start();
        RunningGateway gateway = start(simulator);
        TestClient client = connect(gateway, Map.of("donna", Map.of("tier", "spoken")))) {
      client.send(
          "{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":{\"input\":"
              + "{\"turn_detection\":null,\"transcription\":{\"model\":\"whisper-1\"}}}}}");
      client.send(
          "{\"type\":\"input_audio_buffer.append\",\"audio\":\"" + "AAAA".repeat(16_000) + "\"}");
      client.send("{\"type\":\"input_audio_buffer.commit\"}");

      String said = client.readText();
      while (!said.contains("transcription.completed")) {
        said = client.readText();
      }
      assertThat(client.readText()).contains("budget_exceeded");
      assertThat(client.readClose().closeCode()).isEqualTo(4029);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "messages_per_second, rate_limit_exceeded",
    "bytes_per_second, rate_limit_exceeded",
    "responses_per_minute, rate_limit_exceeded",
    "audio_seconds_per_minute, rate_limit_exceeded",
    "session_seconds, session_expired",
    "idle_seconds, idle_timeout",
    "sessions, too_many_sessions",
    "tokens_per_session, budget_exceeded",
    "usd_per_day, budget_exceeded",
  })
  void takesATokensNoneForNone(String limit, String code) throws IOException {
    try (Simulator simulator = Simulator.builder().start();
        RunningGateway gateway = start(simulator);
        TestClient client =
            connect(gateway, Map.of("donna", Map.of("tier", "open", "limits", Map.of(limit, 0))))) {
      client.send("{\"type\":\"input_audio_buffer.append\",\"audio\":\"AAAAAAAA\"}");
      client.send("{\"type\":\"response.create\"}");

      // An answer may begin before the session has been idle for its time.
      assertThat(client.readUntil("error")).contains(code);
    }
  }

  @Test
  void isTheDefaultTierWhereTheTokenNamesNone() throws IOException {
    try (Simulator simulator = Simulator.builder().start();
        RunningGateway gateway = start(simulator);
        TestClient client = connect(gateway, Map.of())) {
      assertThat(client.readText()).contains("invalid_model");
      assertThat(client.readClose().closeCode()).isEqualTo(4000);
    }
  }

  @Test
  void refusesATokenOfATierThatThereIsNot() throws IOException {
    try (Simulator simulator = Simulator.builder().start();
        RunningGateway gateway = start(simulator);
        TestClient client = connect(gateway, Map.of("donna", Map.of("tier", "gold")))) {
      assertThat(client.readText()).contains("unknown_tier");
      assertThat(client.readClose().closeCode()).isEqualTo(1008);
    }
  }

  private static TestClient connectNamingNoModel(RunningGateway gateway, String allowed) {
    String token =
        RunningGateway.token(
            "ann", Map.of("donna", Map.of("tier", "open", "models", List.of(allowed))));
    return TestClient.connect(gateway.port(), "/v1/realtime", "Authorization: Bearer " + token);
  }

  @Test
  void givesWhoNamesNoModelNoneThatItsTokenDoesNotHave() throws IOException {
    try (Simulator simulator = Simulator.builder().start();
        RunningGateway gateway = start(simulator)) {
      try (TestClient client = connectNamingNoModel(gateway, "gpt-realtime-2.1-mini")) {
        assertThat(client.readText()).contains("invalid_model");
        assertThat(client.readClose().closeCode()).isEqualTo(4000);
      }
      try (TestClient client = connectNamingNoModel(gateway, "gpt-realtime-2.1")) {
        assertThat(client.readText()).contains("session.created");
      }
    }
  }
}
