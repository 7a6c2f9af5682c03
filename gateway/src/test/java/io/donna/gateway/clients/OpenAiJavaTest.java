package io.donna.gateway.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.errorprone.annotations.MustBeClosed;
import com.openai.client.okhttp.OkHttpClient;
import com.openai.core.ClientOptions;
import com.openai.core.http.WebSocketWriteNotAttempted;
import com.openai.helpers.RealtimeConnection;
import com.openai.helpers.RealtimeWebSocketOptions;
import com.openai.models.realtime.AudioTranscription;
import com.openai.models.realtime.ConversationItemCreateEvent;
import com.openai.models.realtime.InputAudioBufferAppendEvent;
import com.openai.models.realtime.InputAudioBufferCommitEvent;
import com.openai.models.realtime.RealtimeClientEvent;
import com.openai.models.realtime.RealtimeConversationItemUserMessage.Content;
import com.openai.models.realtime.RealtimeResponse;
import com.openai.models.realtime.RealtimeServerEvent;
import com.openai.models.realtime.RealtimeTranscriptionSessionAudio;
import com.openai.models.realtime.RealtimeTranscriptionSessionAudioInput;
import com.openai.models.realtime.RealtimeTranscriptionSessionCreateRequest;
import com.openai.models.realtime.ResponseCreateEvent;
import com.openai.models.realtime.SessionUpdateEvent;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestCertificates;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
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
    return connect(
        gateway, tls, token, RealtimeWebSocketOptions.builder().model("gpt-realtime-2.1").build());
  }

  @MustBeClosed
  private static RealtimeConnection connect(
      RunningGateway gateway, boolean tls, String token, RealtimeWebSocketOptions wanted) {
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
    return RealtimeConnection.connect(options, wanted);
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
  void transcribes(boolean tls) throws IOException {
    RealtimeWebSocketOptions wanted = RealtimeWebSocketOptions.builder().transcription().build();
    try (Simulator simulator = Simulator.builder().speed(40.0).hears("Good morning").start();
        RunningGateway gateway = start(RunningGateway.behind(simulator.uri()), tls);
        RealtimeConnection connection =
            connect(gateway, tls, RunningGateway.token("sdk"), wanted)) {
      assertThat(connection.receive().isSessionCreated()).isTrue();
      send(
          connection,
          RealtimeClientEvent.ofSessionUpdate(
              SessionUpdateEvent.builder()
                  .session(
                      RealtimeTranscriptionSessionCreateRequest.builder()
                          .audio(
                              RealtimeTranscriptionSessionAudio.builder()
                                  .input(
                                      RealtimeTranscriptionSessionAudioInput.builder()
                                          .transcription(
                                              AudioTranscription.builder()
                                                  .model("gpt-realtime-whisper")
                                                  .build())
                                          .turnDetection(Optional.empty())
                                          .build())
                                  .build())
                          .build())
                  .build()));
      assertThat(connection.receive().isSessionUpdated()).isTrue();
      send(
          connection,
          RealtimeClientEvent.ofInputAudioBufferAppend(
              InputAudioBufferAppendEvent.builder()
                  .audio(Base64.getEncoder().encodeToString(new byte[48_000]))
                  .build()));
      send(
          connection,
          RealtimeClientEvent.ofInputAudioBufferCommit(
              InputAudioBufferCommitEvent.builder().build()));

      RealtimeServerEvent event = connection.receive();
      while (!event.isConversationItemInputAudioTranscriptionCompleted()) {
        assertThat(event.isError()).as(event.toString()).isFalse();
        event = connection.receive();
      }
      assertThat(event.asConversationItemInputAudioTranscriptionCompleted().transcript())
          .isEqualTo("Good morning");
    }
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
