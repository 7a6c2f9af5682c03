package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.donna.gateway.kit.FreePort;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestUpstream;
import io.donna.simulator.Fault;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.function.Consumer;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever goes wrong is said in one sentence, and in the exit status. */
class TalkFailuresTest {
  private static final String CREATED = "{\"type\":\"session.created\"}";
  private static final String WORD =
      "{\"type\":\"response.output_audio_transcript.delta\",\"delta\":\"%s\"}";

  @TempDir Path directory;

  @Test
  void saysThatNothingListens() throws IOException {
    int port = FreePort.next();

    TalkRun run = TalkRun.talk("127.0.0.1:" + port, "--text", "hello");

    assertFails(
        run,
        "cannot connect to ws://127.0.0.1:%d/realtime: is ./donna dev running?".formatted(port));
  }

  @ParameterizedTest
  @CsvSource({
    "302, it redirects to /elsewhere",
    "401, the token was rejected",
    "403, the origin is not allowed",
    "404, a gateway serves /realtime and /v1/realtime",
    "429, try again in 17 s (RATE_LIMIT_MAX_REQUESTS",
    "500, check the address",
    "503, the proxy is disabled (set ENABLE_WS_PROXY=true) or full",
  })
  void saysWhatAStatusMeans(int status, String meaning) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = "{\"error\":\"no\"}".getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Retry-After", "17");
          if (status == 302) {
            exchange.getResponseHeaders().add("Location", "/elsewhere");
          }
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      TalkRun run = TalkRun.talk("127.0.0.1:" + server.getAddress().getPort(), "--text", "hello");

      assertFails(run, "/realtime answers " + status + ": ");
      assertThat(run.err()).contains(meaning);
    } finally {
      server.stop(0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1001, it is restarting",
    "1008, the session violated its policy",
    "1011, its upstream failed",
    "1013, it is overloaded",
    "3000, the token was rejected",
    "4001, no token arrived in time",
    "4003, the token was rejected",
    "4008, idle for too long",
    "4029, the rate limit or the budget is exhausted",
    "4030, an operator ended the session",
    "4999, it ended the conversation",
  })
  void saysWhatACloseCodeMeans(int code, String meaning) {
    try (Simulator simulator =
        Simulator.builder().fault(Fault.closeAfter(1, code, "a reason")).start()) {
      TalkRun run =
          TalkRun.talk(
              simulator.uri().toString(),
              "--token",
              "x",
              "--model",
              "gpt-realtime-2.1",
              "--text",
              "hello");

      assertFails(run, "the server closed the connection with %d \"a reason\": ".formatted(code));
      assertThat(run.err()).contains(meaning);
    }
  }

  @Test
  void saysThatTheConnectionBroke() {
    try (Simulator simulator = Simulator.builder().fault(Fault.dropAfter(1)).start()) {
      TalkRun run =
          TalkRun.talk(
              simulator.uri().toString(),
              "--token",
              "x",
              "--model",
              "gpt-realtime-2.1",
              "--text",
              "hello");

      assertFails(run, "the connection was lost");
    }
  }

  @Test
  void saysThatAServerStaysSilent() {
    TalkRun unopened = TalkRun.against(server -> {}, "--timeout", "1", "--text", "hello");
    TalkRun unanswered =
        TalkRun.against(
            server -> server.accept().send(CREATED), "--timeout", "1", "--text", "hello");

    assertFails(unopened, "no answer from ws://127.0.0.1:");
    assertFails(unanswered, "no event for 1 s while waiting for the answer");
  }

  @Test
  void saysThatATokenIsWanted() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      String address = "127.0.0.1:" + gateway.port();

      assertFails(
          TalkRun.talk(address, "--text", "hello"),
          "this gateway requires a token: pass --token (./donna token --sub me mints one)");
      assertFails(
          TalkRun.talk(address + "/v1/realtime", "--text", "hello"),
          "./donna token --sub me mints one");
    }
  }

  @Test
  void saysThatATokenIsNotAcceptedAndDoesNotShowIt() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      String address = "127.0.0.1:" + gateway.port();

      for (String endpoint : new String[] {address, address + "/v1/realtime"}) {
        TalkRun run = TalkRun.talk(endpoint, "--token", "not-a-token", "--text", "hello");

        assertFails(run, "./donna token --sub me mints one");
        assertThat(run.err()).doesNotContain("not-a-token");
      }
    }
  }

  @Test
  void saysThatTheUpstreamIsOut() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      TalkRun run =
          TalkRun.talk(
              "127.0.0.1:" + gateway.port(),
              "--token",
              RunningGateway.token("me"),
              "--text",
              "hello");

      assertFails(run, "the server reports gateway_error (");
    }
  }

  @Test
  void failsATurnInWhichAnErrorComes() {
    TalkRun run =
        afterHello(server ->
            server.send(
                "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
                    + "\"code\":\"invalid_value\",\"message\":\"No such thing\"}}"));

    assertFails(run, "the server reports invalid_request_error (invalid_value): No such thing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'status':'completed'} | the answer is empty",
        "{'status':'incomplete','status_details':{'reason':'content_filter'}}"
            + " | the answer ended incomplete (content_filter)",
        "{'status':'cancelled','status_details':{'reason':'turn_detected'}}"
            + " | the answer ended cancelled (turn_detected)",
        "{'status':'failed','status_details':{'error':{'type':'server_error','code':'x'}}}"
            + " | the answer failed: the server reports server_error (x)",
        "{} | the answer ended without a status",
      })
  void failsATurnWhoseResponseIsNotCompleted(String response, String sentence) {
    String done =
        "{\"type\":\"response.done\",\"response\":%s}".formatted(response.replace('\'', '"'));

    assertFails(afterHello(server -> server.send(done)), sentence);
  }

  @Test
  void asksNoMoreAfterATurnThatFailed() {
    TalkRun run =
        TalkRun.against(
            server -> {
              server.accept().send(CREATED);
              readQuestion(server);
              server.send("{\"type\":\"error\",\"error\":{\"message\":\"no\"}}");
            },
            "--text",
            "hello",
            "--text",
            "never said");

    assertFails(run, "the server reports error: no");
    assertThat(run.out()).doesNotContain("never said");
  }

  @Test
  void keepsTheTerminalOutOfTheServersHands() {
    TalkRun run =
        afterHello(server -> {
          server.send(WORD.formatted("\\u001b[2Jgood\\u0007 day\\nand \\u009b31mmore"));
          server.send(
              "{\"type\":\"error\",\"error\":{\"message\":\"\\u001b]0;owned\\u0007\\nline\"}}");
        });

    assertThat(run.out()).contains("donna> [2Jgood day").contains("and 31mmore (interrupted)");
    assertFails(run, "]0;owned line");
    assertThat((run.out() + run.err()).replaceAll("\\R", "").chars())
        .noneMatch(Character::isISOControl);
  }

  @Test
  void doesNotShowATokenThatTheServerQuotes() {
    TalkRun run =
        TalkRun.against(
            server ->
                server
                    .accept()
                    .send("{\"type\":\"error\",\"error\":{\"message\":\"bad key sk-secret-1\"}}"),
            "--token",
            "sk-secret-1",
            "--text",
            "hello");

    assertFails(run, "bad key [the token]");
    assertThat(run.out() + run.err()).doesNotContain("sk-secret-1");
  }

  @Test
  void takesAMessageInParts() {
    TalkRun run =
        afterHello(server -> {
          byte[] word = WORD.formatted("ol\u00e9").getBytes(StandardCharsets.UTF_8);
          // One part ends inside a character.
          for (int i = 0; i < word.length; i++) {
            int first = (i == 0 ? 1 : 0) | (i == word.length - 1 ? 0x80 : 0);
            server.send(first, new byte[] {word[i]});
          }
          server.send("{\"type\":\"response.done\",\"response\":{\"status\":\"completed\"}}");
        });

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("donna> olé");
    assertThat(run.status()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"1, invalid JSON", "2, a binary message"})
  void saysThatTheProtocolIsAnother(int opcode, String complaint) {
    TalkRun run =
        afterHello(server -> server.send(0x80 | opcode, "{".getBytes(StandardCharsets.UTF_8)));

    assertFails(run, "the server sent " + complaint);
  }

  @Test
  void leavesAGoodFileOfAnAnswerThatBroke() throws Exception {
    Path saved = directory.resolve("answer.wav");
    String sound = Base64.getEncoder().encodeToString(new byte[4_800]);

    TalkRun run =
        TalkRun.against(
            server -> {
              server.accept().send(CREATED);
              server.readText();
              server.send("{\"type\":\"session.updated\"}");
              readQuestion(server);
              server.send(
                  "{\"type\":\"response.output_audio.delta\",\"delta\":\"%s\"}".formatted(sound));
              server.sendClose(1011, "");
            },
            "--save",
            saved.toString(),
            "--text",
            "hello");

    assertFails(run, "the server closed the connection with 1011: ");
    try (AudioInputStream kept = AudioSystem.getAudioInputStream(saved.toFile())) {
      assertThat(kept.getFrameLength()).isEqualTo(2_400);
    }
  }

  @Test
  void saysWhichFileIsOfNoUse() throws IOException {
    Path text = Files.writeString(directory.resolve("notes.txt"), "no sound");

    assertFails(TalkRun.talk("--wav", text.toString()), text + " is not a WAV file");
    assertFails(
        TalkRun.talk("--wav", "none.wav"),
        "none.wav cannot be read: the file or its directory does not exist");
  }

  @ParameterizedTest
  @CsvSource({
    "ftp://localhost, is not ws://",
    "--timeout=0, --timeout must be a whole number",
    "--timeout=soon, is not an int",
    "--token=a b, The token is not valid",
    "--nonsense, Unknown option",
  })
  void endsWith2WhereTheCommandLineIsWrong(String argument, String complaint) {
    TalkRun run = TalkRun.talk(argument);

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains(complaint).contains("Usage: talk").doesNotContain("a b");
  }

  @Test
  void explainsItself() {
    TalkRun run = TalkRun.talk("--help");

    assertThat(run.status()).isZero();
    assertThat(run.out())
        .contains("--token", "--model", "--text", "--text-only", "--wav", "--fast", "--save")
        .contains("--timeout", "Exit status 0", "Examples:", "the gateway started by ./donna dev");
  }

  /** A session in which {@code hello} is said, and then {@code reply}. */
  private static TalkRun afterHello(Consumer<TestUpstream.Connection> reply) {
    return TalkRun.against(
        server -> {
          server.accept().send(CREATED);
          readQuestion(server);
          reply.accept(server);
        },
        "--text",
        "hello");
  }

  private static void readQuestion(TestUpstream.Connection server) {
    assertThat(server.readText()).contains("conversation.item.create").contains("hello");
    assertThat(server.readText()).contains("response.create");
  }

  private static void assertFails(TalkRun run, String sentence) {
    assertThat(run.err())
        .startsWith("donna: ")
        .contains(sentence)
        .satisfies(err -> assertThat(err.strip().lines()).hasSize(1));
    assertThat(run.status()).isEqualTo(1);
  }
}
