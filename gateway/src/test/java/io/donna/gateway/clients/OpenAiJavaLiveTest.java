package io.donna.gateway.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.errorprone.annotations.MustBeClosed;
import com.openai.client.okhttp.OkHttpClient;
import com.openai.core.ClientOptions;
import com.openai.core.http.WebSocketWriteNotAttempted;
import com.openai.helpers.LiveConnection;
import com.openai.models.live.ClientEvent;
import com.openai.models.live.InputAudioAppendEvent;
import com.openai.models.live.ServerEvent;
import com.openai.models.live.SessionCloseEvent;
import com.openai.models.live.SessionConfig;
import com.openai.models.live.SessionStartEvent;
import io.donna.gateway.kit.RunningGateway;
import io.donna.simulator.Simulator;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The official Java SDK for GPT-Live, its base URL the gateway and its key the client's token. */
@Timeout(60)
class OpenAiJavaLiveTest {
  private static RunningGateway start(Simulator simulator) {
    return RunningGateway.behind(simulator.uri()).with("APIS", "live").start();
  }

  @MustBeClosed
  private static LiveConnection connect(RunningGateway gateway, String token) {
    return LiveConnection.connect(
        ClientOptions.builder()
            .httpClient(OkHttpClient.builder().build())
            .baseUrl("http://127.0.0.1:" + gateway.port() + "/v1")
            .apiKey(token)
            .build());
  }

  /** The SDK refuses a second message while its first is still on the way to the socket. */
  private static void send(LiveConnection connection, ClientEvent event) {
    await()
        .pollInterval(Duration.ofMillis(2))
        .ignoreException(WebSocketWriteNotAttempted.Busy.class)
        .until(() -> {
          connection.send(event);
          return true;
        });
  }

  private static void begin(LiveConnection connection, String model) {
    send(
        connection,
        ClientEvent.ofSessionStart(
            SessionStartEvent.builder()
                .session(SessionConfig.builder().model(model).build())
                .build()));
  }

  private static void say(LiveConnection connection, int millis) {
    send(
        connection,
        ClientEvent.ofSessionInputAudioAppend(
            InputAudioAppendEvent.builder()
                .audio(Base64.getEncoder().encodeToString(new byte[48 * millis]))
                .build()));
  }

  private static ServerEvent next(LiveConnection connection, Predicate<ServerEvent> wanted) {
    while (true) {
      ServerEvent event = connection.receive();
      if (wanted.test(event)) {
        return event;
      }
    }
  }

  @Test
  void listensSpeaksAndCloses() {
    try (Simulator simulator = Simulator.builder().start();
        RunningGateway gateway = start(simulator);
        LiveConnection connection = connect(gateway, RunningGateway.token("sdk"))) {
      begin(connection, "gpt-live-1");
      assertThat(connection.receive().isSessionStarted()).isTrue();

      say(connection, 1_000);
      next(connection, ServerEvent::isSessionOutputAudioDelta);
      send(connection, ClientEvent.ofSessionClose(SessionCloseEvent.builder().build()));
      assertThat(next(connection, ServerEvent::isSessionClosed).asSessionClosed().usage().seconds())
          .isEqualTo(1);
    }
  }

  /** It can read why, and what was used until then. */
  @Test
  void readsThatItsBudgetIsUsedUpAndTheLastFigure() {
    String token =
        RunningGateway.token(
            "sdk", Map.of("donna", Map.of("limits", Map.of("usd_per_hour", 0.001))));
    try (Simulator simulator = Simulator.builder().start();
        RunningGateway gateway = start(simulator);
        LiveConnection connection = connect(gateway, token)) {
      begin(connection, "gpt-live-1");
      next(connection, ServerEvent::isSessionStarted);
      say(connection, 2_000);

      assertThat(next(connection, ServerEvent::isErrorEvent).asErrorEvent().error().code())
          .isEqualTo("insufficient_quota");
      assertThat(next(connection, ServerEvent::isSessionClosed).asSessionClosed().usage().seconds())
          .isEqualTo(2);
    }
  }

  @Test
  void readsWhyItsStartIsRefused() {
    String token =
        RunningGateway.token("sdk", Map.of("donna", Map.of("models", List.of("gpt-live-1"))));
    try (Simulator simulator = Simulator.builder().start();
        RunningGateway gateway = start(simulator);
        LiveConnection connection = connect(gateway, token)) {
      begin(connection, "gpt-live-1.1");

      assertThat(connection.receive().asErrorEvent().error().code()).isEqualTo("invalid_model");
      assertThat(simulator.openConnections()).isZero();
    }
  }
}
