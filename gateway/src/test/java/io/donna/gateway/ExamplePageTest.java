package io.donna.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.Tools;
import io.donna.simulator.Simulator;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page in {@code examples/browser}, in a browser, and the backend that signs its tokens. */
@Timeout(120)
class ExamplePageTest {
  private static final Path EXAMPLES = Path.of("../examples");
  private static final Path QUESTION = Path.of("../simulator/speech/question-24k.wav");

  /** Fast, but slow enough that the microphone can interrupt it. */
  private static final double SPEED = 4.0;

  /** Serves the page as {@code python3 -m http.server} does. */
  private record Pages(HttpServer server) implements AutoCloseable {
    static Pages start() {
      HttpServer server =
          SimpleFileServer.createFileServer(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              EXAMPLES.resolve("browser").toAbsolutePath().normalize(),
              SimpleFileServer.OutputLevel.NONE);
      server.start();
      return new Pages(server);
    }

    String page(String fragment) {
      return "http://127.0.0.1:" + server.getAddress().getPort() + "/#" + fragment;
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  private static String url(RunningGateway gateway) {
    return "http://127.0.0.1:" + gateway.port();
  }

  private static Simulator simulator() throws IOException {
    return Simulator.builder().port(0).speed(SPEED).start();
  }

  private static Tools.Run open(String page) {
    return browse(List.of(Tools.chromium(), page));
  }

  /** With the recorded question for its microphone. */
  private static Tools.Run openAndSpeak(String page) {
    return browse(
        List.of(Tools.chromium(), page, QUESTION.toAbsolutePath().normalize().toString()));
  }

  private static Tools.Run browse(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("node", "browser.mjs"));
    command.addAll(arguments);
    return Tools.run(Tools.nodeHome(), "", command.toArray(String[]::new));
  }

  @Test
  void talksInWritingAndInSpeechAndKeepsNoTokenInItsAddress() throws IOException {
    try (Pages pages = Pages.start();
        Simulator simulator = simulator();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start()) {
      Tools.Run run =
          openAndSpeak(
              pages.page(
                  "gateway="
                      + url(gateway)
                      + "&say=Who+are+you?&token="
                      + RunningGateway.token("user123")));

      assertThat(run.output())
          .startsWith("You: Who are you?\nDonna: " + ExamplesTest.ANSWER)
          .contains("\naddress: no fragment\nDonna: ")
          .contains("\nDonna: I heard you for ")
          .endsWith("\naudible\n");
      assertThat(run.status()).isZero();
      gateway.awaitNoConnections();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* | not.a.token | Invalid token",
        "https://app.example.com | ANY | no connection. Does the gateway run at ",
        "* | ANY | upstream_unreachable: ",
      })
  void saysWhatIsWrong(String origins, String token, String failure) {
    try (Pages pages = Pages.start();
        RunningGateway gateway = RunningGateway.with("ALLOWED_ORIGINS", origins).start()) {
      Tools.Run run =
          open(
              pages.page(
                  "gateway="
                      + url(gateway)
                      + "&token="
                      + token.replace("ANY", RunningGateway.token("user123"))));

      assertThat(run.output()).startsWith("failed: " + failure);
      assertThat(run.status()).isNotZero();
    }
  }

  /** The first token is about to expire, which the gateway says at once. */
  @Test
  void renewsItsTokenWhileTheSessionGoesOn() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    try (Pages pages = Pages.start();
        Simulator simulator = simulator();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start()) {
      pages.server.createContext(
          "/token",
          exchange -> {
            Duration timeToLive = Duration.ofSeconds(asked.getAndIncrement() == 0 ? 25 : 3_600);
            byte[] answer =
                "{\"token\":\"%s\",\"gateway\":\"%s\"}"
                    .formatted(RunningGateway.token("user123", timeToLive), url(gateway))
                    .getBytes(StandardCharsets.UTF_8);
            try (exchange) {
              exchange.sendResponseHeaders(200, answer.length);
              exchange.getResponseBody().write(answer);
            }
          });
      Tools.Run run = open(pages.page("say=Who+are+you?"));

      assertThat(run.output()).startsWith("You: Who are you?\nDonna: " + ExamplesTest.ANSWER);
      assertThat(asked).hasValue(2);
      assertThat(run.status()).isZero();
    }
  }

  /** A backend that listens, with the secret that the gateway has. */
  private record Backend(Process process, String url) implements AutoCloseable {
    private static ProcessBuilder server(String secret, String gateway) throws IOException {
      Path server = ExamplesTest.copyTo("page").resolve("backend/server.mjs");
      ProcessBuilder builder =
          new ProcessBuilder("node", server.toString()).redirectErrorStream(true);
      builder.environment().putAll(Map.of("GATEWAY", gateway, "JWT_SECRET", secret, "PORT", "0"));
      return builder;
    }

    static Backend start(RunningGateway gateway) throws IOException {
      Process process = server(RunningGateway.SECRET, ExamplePageTest.url(gateway)).start();
      BufferedReader out = process.inputReader();
      String line = String.valueOf(out.readLine());
      assertThat(line).startsWith("Listening on http://127.0.0.1:");
      return new Backend(process, line.substring("Listening on ".length()));
    }

    HttpResponse<String> post(String path) throws IOException, InterruptedException {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url + path))
              .POST(HttpRequest.BodyPublishers.noBody())
              .build();
      try (HttpClient http = HttpClient.newHttpClient()) {
        return http.send(request, HttpResponse.BodyHandlers.ofString());
      }
    }

    String ask(String path, String field) throws IOException, InterruptedException {
      HttpResponse<String> answer = post(path);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      JsonNode json = JsonMapper.shared().readTree(answer.body());
      return json.get(field).asString();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  @Test
  void getsItsTokenFromTheBackendThatServesIt() throws IOException {
    try (Simulator simulator = simulator();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start();
        Backend backend = Backend.start(gateway)) {
      Tools.Run run = open(backend.url() + "/#say=Who+are+you?");

      assertThat(run.output()).contains(ExamplesTest.ANSWER);
      assertThat(run.status()).isZero();
      gateway.awaitLog("WS_AUTH_SUCCESS: {\"ip\":\"127.0.0.xxx\",\"userId\":\"user123\"}");
    }
  }

  @Test
  void theBackendsTokenOpensTheDialogueAndItsClientSecretAnSdksSession() throws Exception {
    try (Simulator simulator = simulator();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start();
        Backend backend = Backend.start(gateway)) {
      try (TestClient client = gateway.connect()) {
        client.authenticate(backend.ask("/token", "token")).connectRealtime();
        assertThat(client.readText()).contains("session.created");
      }
      String secret = backend.ask("/client-secret", "value");
      assertThat(secret).startsWith("ek_");
      try (TestClient sdk = gateway.connectDropIn("Authorization: Bearer " + secret)) {
        assertThat(sdk.readText()).contains("session.created").contains("Be brief.");
      }
      gateway.awaitLog("CLIENT_SECRET_CREATED: {\"ip\":\"127.0.0.xxx\",\"userId\":\"user123\"}");
    }
  }

  @Test
  void theBackendAnswers502WhereTheGatewayIsGone() throws Exception {
    RunningGateway gateway = RunningGateway.withoutUpstream().start();
    try (Backend backend = Backend.start(gateway)) {
      gateway.close();

      assertThat(backend.post("/client-secret").statusCode()).isEqualTo(502);
    }
  }

  @Test
  void theBackendSaysThatItNeedsASecret() throws Exception {
    Process process = Backend.server("", "http://127.0.0.1:1").start();

    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(output).contains("JWT_SECRET is not set. Run: export JWT_SECRET=");
    assertThat(process.waitFor()).isNotZero();
  }
}
