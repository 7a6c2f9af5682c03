package io.donna.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client names is its own affair; what a server is really asked for is what counts. */
class ChosenModelTest {
  private static final String DEFAULT = "gpt-realtime-2.1";

  @AutoClose private final TestUpstream first = TestUpstream.start();
  @AutoClose private final TestUpstream second = TestUpstream.start();
  private final AtomicInteger refused = new AtomicInteger();

  @BeforeEach
  void serveAllAtTheSecond() {
    second.handEachTo(connection -> serve(connection, "second"));
  }

  private static void serve(TestUpstream.Connection connection, String name) {
    connection
        .accept()
        .send("{\"type\":\"session.created\",\"session\":{\"id\":\"" + name + "\"}}");
  }

  private void refuseAtTheFirst(String model, String how) {
    first.handEachTo(connection -> {
      if (!connection.head().contains("?model=" + model + " ")) {
        serve(connection, "first");
        return;
      }
      refused.incrementAndGet();
      if (how.startsWith("{")) {
        connection.accept().send(how);
        connection.sendClose(4000, "no");
      } else if (how.equals("close")) {
        connection.close();
      } else if (how.equals("101 and close")) {
        connection.accept().sendClose(4004, "no");
      } else if (!how.equals("silence")) {
        connection.answer("HTTP/1.1 " + how + " No\r\nContent-Length: 0\r\n\r\n");
      }
    });
  }

  private RunningGateway.Builder behindBoth() {
    return RunningGateway.behind(first)
        .with("UPSTREAM", "openai,openai:b")
        .with("UPSTREAM_CONNECT_TIMEOUT_MS", 300)
        .with("OPENAI_REALTIME_URL_B", second.uri())
        .with("OPENAI_API_KEY_B", "key-of-b");
  }

  /** What a client hears first that asks for {@code model}. */
  private static String ask(RunningGateway gateway, String model) {
    return ask(gateway, model, RunningGateway.token("someone"));
  }

  private static String ask(RunningGateway gateway, String model, String token) {
    String query = model.isEmpty() ? "" : "?model=" + model;
    try (TestClient client =
        TestClient.connect(
            gateway.port(), "/v1/realtime" + query, "Authorization: Bearer " + token)) {
      return client.readText();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "400",
        "401",
        "403",
        "404",
        "429",
        "500",
        "close",
        "101 and close",
        "silence",
        "{\"type\":\"error\",\"error\":{\"code\":\"invalid_model\"}}",
        "{\"type\":\"error\",\"error\":{\"code\":\"model_not_found\"}}",
        "{\"type\":\"error\",\"error\":{\"code\":\"insufficient_quota\"}}",
        "{\"type\":\"error\",\"error\":{\"code\":\"invalid_api_key\"}}",
        "{\"type\":\"error\",\"error\":{\"type\":\"server_error\"}}",
      })
  void aModelThatOneClientChoseRestsNothingForOthers(String how) {
    refuseAtTheFirst("odd", how);
    try (RunningGateway gateway = behindBoth().start()) {
      for (int i = 0; i < CircuitBreaker.FAILURES + 2; i++) {
        ask(gateway, "odd");
      }

      assertThat(ask(gateway, "")).contains("first");
      assertThat(ask(gateway, "other")).contains("first");
      assertThat(ask(gateway, DEFAULT)).contains("first");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"404", "403"})
  void aModelThatKeepsFailingRestsForItself(String how) {
    refuseAtTheFirst("odd", how);
    try (RunningGateway gateway = behindBoth().start()) {
      for (int i = 0; i < CircuitBreaker.FAILURES + 3; i++) {
        assertThat(ask(gateway, "odd")).contains("second");
      }

      assertThat(refused).hasValue(how.equals("403") ? 1 : CircuitBreaker.FAILURES);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"404", "403", "{\"type\":\"error\",\"error\":{\"code\":\"model_not_found\"}}"})
  void aServerThatFailsWithItsOwnModelRestsForAll(String how) {
    refuseAtTheFirst(DEFAULT, how);
    try (RunningGateway gateway = behindBoth().start()) {
      for (int i = 0; i < CircuitBreaker.FAILURES; i++) {
        assertThat(ask(gateway, "")).contains("second");
      }

      assertThat(ask(gateway, "other")).contains("second");
    }
  }

  @Test
  void aKeyThatIsRefusedForAChosenModelStaysInTurnForOthers() {
    refuseAtTheFirst("odd", "403");
    try (RunningGateway gateway =
        RunningGateway.behind(first).with("OPENAI_API_KEY", "key-a,key-b").start()) {
      ask(gateway, "odd");
      int before = refused.get();
      for (int i = 0; i < 4; i++) {
        assertThat(ask(gateway, "")).contains("first");
      }

      assertThat(before).isEqualTo(2);
    }
  }

  @Test
  void namesWithoutNumberAreForgotten() {
    PerModelCache<String> models = new PerModelCache<>();
    for (int i = 0; i < 10_000; i++) {
      models.begin("model" + i, () -> "known");
    }
    models.begin("x".repeat(PerModelCache.LONGEST_NAME + 1), () -> "known");

    assertThat(models.find("model9999")).isPresent();
    assertThat(models.find("model" + (9_999 - PerModelCache.MODELS))).isEmpty();
    assertThat(models.find("x".repeat(PerModelCache.LONGEST_NAME + 1))).isEmpty();
  }

  private RunningGateway.Builder withModelsOfTheirOwn() {
    return RunningGateway.behind(first)
        .with("UPSTREAM", "custom,custom:b")
        .with("UPSTREAM_URL", first.uri())
        .with("UPSTREAM_MODEL", "dear")
        .with("UPSTREAM_URL_B", second.uri())
        .with("UPSTREAM_MODEL_B", "cheap");
  }

  private static String allowing(String... models) {
    return RunningGateway.token("someone", Map.of("donna", Map.of("models", List.of(models))));
  }

  @Test
  void judgesWhatAServerIsReallyAskedForAndPassesOverThoseThatTheClientMayNotUse() {
    refuseAtTheFirst("none", "404");
    try (RunningGateway gateway = withModelsOfTheirOwn().start()) {
      assertThat(ask(gateway, "named", allowing("dear"))).contains("first");
      assertThat(ask(gateway, "named", allowing("cheap"))).contains("second");
      assertThat(ask(gateway, "cheap", allowing("cheap"))).contains("second");
      assertThat(ask(gateway, "named", allowing("named"))).contains("invalid_model");
      assertThat(ask(gateway, "", allowing("named"))).contains("invalid_model");
    }
  }

  @Test
  void failsOverToNoServerThatTheClientMayNotUse() {
    refuseAtTheFirst("dear", "503");
    try (RunningGateway gateway = withModelsOfTheirOwn().start()) {
      assertThat(ask(gateway, "", allowing("dear"))).contains("upstream_refused");
      assertThat(ask(gateway, "", allowing("dear", "cheap"))).contains("second");
    }
  }
}
