package io.donna.gateway.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.errorprone.annotations.MustBeClosed;
import com.openai.client.okhttp.OkHttpClient;
import com.openai.core.ClientOptions;
import com.openai.core.http.WebSocketWriteNotAttempted;
import com.openai.helpers.RealtimeConnection;
import com.openai.helpers.RealtimeWebSocketOptions;
import com.openai.models.realtime.ConversationItemCreateEvent;
import com.openai.models.realtime.RealtimeClientEvent;
import com.openai.models.realtime.RealtimeConversationItemUserMessage.Content;
import com.openai.models.realtime.RealtimeResponse;
import com.openai.models.realtime.RealtimeServerEvent;
import com.openai.models.realtime.ResponseCreateEvent;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestCertificates;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The official Java SDK, its base URL the gateway and its API key the client's token. */
@Timeout(60)
class OpenAiJavaTest {
  private static final TestCertificates AUTHORITY = new TestCertificates();

  @TempDir private Path folder;

  private RunningGateway start(RunningGateway.Builder gateway, boolean tls) throws IOException {
    return tls ? gateway.overTls(AUTHORITY.writeServer(folder)).start() : gateway.start();
  }

  @MustBeClosed
  private static RealtimeConnection connect(RunningGateway gateway, boolean tls, String token) {
    OkHttpClient.Builder http = OkHttpClient.builder();
    if (tls) {
      http.sslSocketFactory(AUTHORITY.client().getSocketFactory())
          .trustManager(AUTHORITY.trustManager());
    }
    ClientOptions options =
        ClientOptions.builder()
            .httpClient(http.build())
            .baseUrl((tls ? "https" : "http") + "://127.0.0.1:" + gateway.port() + "/v1")
            .apiKey(token)
            .build();
    return RealtimeConnection.connect(
        options, RealtimeWebSocketOptions.builder().model("gpt-realtime-2.1").build());
  }

  /** The SDK refuses a second message while its first is still on the way to the socket. */
  private static void send(RealtimeConnection connection, RealtimeClientEvent event) {
    await()
        .pollInterval(Duration.ofMillis(2))
        .ignoreException(WebSocketWriteNotAttempted.Busy.class)
        .until(() -> {
          connection.send(event);
          return true;
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void holdsAConversation(boolean tls) throws IOException {
    try (Simulator simulator = Simulator.builder().port(0).speed(40.0).start();
        RunningGateway gateway = start(RunningGateway.behind(simulator.uri()), tls);
        RealtimeConnection connection = connect(gateway, tls, RunningGateway.token("sdk"))) {
      assertThat(connection.receive().isSessionCreated()).isTrue();
      for (int turn = 0; turn < 2; turn++) {
        send(
            connection,
            RealtimeClientEvent.ofConversationItemCreate(
                ConversationItemCreateEvent.builder()
                    .realtimeConversationItemUserMessageItem(
                        List.of(
                            Content.builder()
                                .type(Content.Type.INPUT_TEXT)
                                .text("Hello, who are you?")
                                .build()))
                    .build()));
        send(
            connection,
            RealtimeClientEvent.ofResponseCreate(ResponseCreateEvent.builder().build()));

        StringBuilder said = new StringBuilder();
        int audio = 0;
        RealtimeServerEvent event = connection.receive();
        while (!event.isResponseDone()) {
          assertThat(event.isError()).as(event.toString()).isFalse();
          if (event.isResponseOutputAudioTranscriptDelta()) {
            said.append(event.asResponseOutputAudioTranscriptDelta().delta());
          }
          audio += event.isResponseOutputAudioDelta() ? 1 : 0;
          event = connection.receive();
        }
        RealtimeResponse response = event.asResponseDone().response();
        assertThat(response.status()).hasValue(RealtimeResponse.Status.COMPLETED);
        assertThat(response.usage().orElseThrow().totalTokens().orElseThrow()).isPositive();
        assertThat(said).isNotEmpty();
        assertThat(audio).isPositive();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void hearsThatItsTokenIsInvalid(boolean tls) throws IOException {
    try (RunningGateway gateway = start(RunningGateway.withoutUpstream(), tls);
        RealtimeConnection connection = connect(gateway, tls, "sk-not-a-token")) {
      RealtimeServerEvent event = connection.receive();

      assertThat(event.isError()).isTrue();
      assertThat(event.toString()).contains("invalid_api_key");
    }
  }
}
