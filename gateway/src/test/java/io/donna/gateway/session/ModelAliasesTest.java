package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An alias means its model wherever a model is named: by clients, tokens, tiers and settings. */
class ModelAliasesTest {
  private static final String OLD = "gpt-4o-realtime-preview";
  private static final String NEW = "gpt-realtime-2.1";

  @TempDir private Path folder;

  private static RunningGateway.Builder behind(TestUpstream upstream) {
    return RunningGateway.behind(upstream).with("MODEL_ALIASES", OLD + "=" + NEW);
  }

  private static String ofModels(String... models) {
    return RunningGateway.token("ann", Map.of("donna", Map.of("models", List.of(models))));
  }

  private static TestClient open(RunningGateway gateway, String query, String token) {
    return TestClient.connect(
        gateway.port(), "/v1/realtime" + query, "Authorization: Bearer " + token);
  }

  private static void assertOpened(TestUpstream.Connection upstream) {
    assertThat(upstream.head()).startsWith("GET /v1/realtime?model=" + NEW + " HTTP/1.1\r\n");
  }

  /** What OpenAI's SDK for agents sends: the model in the URL, and once more in its update. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          {"type":"session.update","session":{"type":"realtime","model":"NAME","instructions":"x"}}
          {"type":"response.create","response":{"model":"NAME"}}
          """)
  void isRewrittenInTheEventsOfAClient(String event) {
    for (String token : List.of(RunningGateway.token("ann"), ofModels(NEW), ofModels(OLD))) {
      try (TestUpstream upstream = TestUpstream.start();
          RunningGateway gateway = behind(upstream).start();
          TestClient client = open(gateway, "?model=" + OLD, token)) {
        TestUpstream.Connection opened = upstream.take().accept();
        assertOpened(opened);
        client.send(event.replace("NAME", OLD));

        assertThat(opened.readText()).isEqualTo(event.replace("NAME", NEW));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ \"type\":\"session.update\", \"session\":{\"model\":\"gpt-realtime-2.1\"}}",
        "{ \"type\":\"session.update\", \"session\":{\"model\":7}}",
        "{ \"type\":\"session.update\", \"session\":\"gpt-4o-realtime-preview\"}",
        "{ \"type\":\"session.update\", \"model\":\"gpt-4o-realtime-preview\"}",
        "{ \"type\":\"response.create\"}",
        "{ \"type\":\"conversation.item.create\", \"session\":{\"model\":\"gpt-4o-realtime-preview\"}}",
      })
  void changesNoByteOfOtherEvents(String event) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = behind(upstream).start();
        TestClient client = open(gateway, "", RunningGateway.token("ann"))) {
      TestUpstream.Connection opened = upstream.take().accept();
      client.send(event);

      assertThat(opened.readText()).isEqualTo(event);
    }
  }

  @Test
  void isJudgedAsTheModelThatItMeans() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = behind(upstream).start();
        TestClient client = open(gateway, "?model=mini", ofModels("mini"))) {
      TestUpstream.Connection opened = upstream.take().accept();
      client.send("{\"type\":\"session.update\",\"session\":{\"model\":\"" + OLD + "\"}}");

      assertThat(client.readText()).contains("model_not_allowed", NEW);
      client.send("{\"type\":\"response.create\"}");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "?model=" + OLD, "?model=" + NEW})
  void isAModelThatATierListsAndTheDefaultOfOne(String query) throws IOException {
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            default_tier: free
            tiers:
              free:
                models: {allowed: [%s], default: %s}
            """
                .formatted(NEW, OLD));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = behind(upstream).with("POLICY_FILE", policy).start();
        TestClient client = open(gateway, query, ofModels(OLD, "other"))) {
      assertOpened(upstream.take().accept());
      assertThat(client.status()).isEqualTo(101);
    }
  }

  @Test
  void isTheDefaultModelOfTheGateway() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = behind(upstream).with("OPENAI_REALTIME_MODEL", OLD).start();
        TestClient client = open(gateway, "", ofModels(NEW))) {
      assertOpened(upstream.take().accept());
      assertThat(client.status()).isEqualTo(101);
    }
  }

  @Test
  void isTheSameModelInATokenThatRenewsASession() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = behind(upstream).start();
        TestClient client = gateway.connect().authenticate(ofModels(NEW)).connectRealtime()) {
      upstream.take().accept();

      client.authenticate(ofModels(OLD));
    }
  }
}
