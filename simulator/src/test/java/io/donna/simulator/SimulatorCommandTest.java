package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulatorCommandTest {
  private static final Pattern READY =
      Pattern.compile("\\ASimulator listening on (ws://127\\.0\\.0\\.1:\\d+/v1/realtime)\n");

  private final StringWriter printed = new StringWriter();
  private final StringWriter complaints = new StringWriter();

  @Test
  void runsAsAToolUntilItsThreadIsInterrupted() throws Exception {
    CompletableFuture<Integer> status = new CompletableFuture<>();
    Thread thread = Thread.ofPlatform().start(() -> status.complete(run("--port", "0")));
    URI uri = awaitReady();

    try (var client =
        RealtimeClient.connect(
            HttpClient.newHttpClient(),
            URI.create(uri + "?model=gpt-realtime"),
            List.of(),
            "Authorization",
            "Bearer x")) {
      client.await("session.created");
      client.say("Say 'one\ntwo'").respond("{\"output_modalities\":[\"text\"]}");
      client.await("response.done");
    }
    Awaitility.await().until(() -> printed.toString().contains("1 ended"));
    thread.interrupt();

    assertThat(status.get(10, TimeUnit.SECONDS)).isZero();
    assertThat(printed.toString().lines())
        .contains("1 opened: gpt-realtime", "1 wrote: one two")
        .contains("1 ended");
  }

  @Test
  void saysNothingOfConnectionsWhenQuiet() throws Exception {
    Thread thread = Thread.ofPlatform().start(() -> run("--port", "0", "--quiet"));
    URI uri = awaitReady();
    String before = printed.toString();
    try (var client =
        RealtimeClient.connect(
            HttpClient.newHttpClient(),
            URI.create(uri + "?model=gpt-realtime"),
            List.of(),
            "Authorization",
            "Bearer x")) {
      client.await("session.created");
    }
    thread.interrupt();
    thread.join(10_000);

    assertThat(printed).hasToString(before);
  }

  @Test
  void saysInOneSentenceThatThePortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int status = run("--port", String.valueOf(taken.getLocalPort()));

      assertThat(status).isEqualTo(1);
      assertThat(complaints.toString())
          .isEqualToNormalizingNewlines(
              "Cannot listen on 127.0.0.1:"
                  + taken.getLocalPort()
                  + ": Address already in use. Choose another with --port.\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--fault oops,'--fault: ''oops'' is not a fault: expected none'",
    "--speed 0,'--speed: speed must be above 0, not 0.0'",
    "--tls-cert x.pem,--tls-cert and --tls-key need each other.",
    "--tls-cert x.pem --tls-key y.pem,Cannot use x.pem with y.pem",
    "--nonsense,Unknown option: '--nonsense'",
  })
  void refusesOptionsThatAreWrong(String options, String complaint) {
    assertThat(run(options.split(" ", -1))).isEqualTo(2);
    assertThat(complaints.toString()).startsWith(complaint);
  }

  @Test
  void documentsTheFaultsInItsHelp() {
    assertThat(run("--help")).isZero();
    assertThat(printed.toString()).contains("close=CODE", "fault/close=4000:bye@3");
  }

  @Test
  void speaksLiveAndHearsWhatItIsTold() throws Exception {
    Thread thread = Thread.ofPlatform().start(() -> run("--port", "0", "--hear", "Hello there"));
    URI uri = awaitReady();
    try (var client = RealtimeClient.connectTo(uri.resolve("/v1/live/sessions"))) {
      client.send(LiveCall.start("gpt-live-1", ""));
      client.await("session.started");
      client.send(LiveCall.appendEvent(LiveCall.pcm(500, 24_000, 6_000)));
      client.send(LiveCall.appendEvent(LiveCall.pcm(2_000, 24_000, 0)));
      assertThat(client.await("session.input_transcript.delta").path("delta").asString())
          .isEqualTo("Hello");
      client.await("session.output_transcript.delta");
    }
    thread.interrupt();
    thread.join(10_000);

    assertThat(printed.toString().lines())
        .contains("GPT-Live: " + uri.resolve("/v1/live/sessions"), "1 heard Hello there");
  }

  private int run(String... args) {
    return ToolProvider.findFirst("donna-simulate")
        .orElseThrow()
        .run(new PrintWriter(printed, true), new PrintWriter(complaints, true), args);
  }

  private URI awaitReady() {
    Awaitility.await().until(() -> READY.matcher(printed.toString()).find());
    Matcher ready = READY.matcher(printed.toString());
    assertThat(ready.find()).isTrue();
    return URI.create(ready.group(1));
  }
}
