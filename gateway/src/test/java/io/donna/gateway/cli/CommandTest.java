package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.auth.Revocations;
import io.donna.gateway.auth.TestKeys;
import io.donna.gateway.auth.TokenKeys;
import io.donna.gateway.auth.Verification;
import io.donna.gateway.config.AuthSettings;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.Settings;
import io.donna.gateway.kit.FreePort;
import io.donna.gateway.kit.KeySetServer;
import io.donna.gateway.kit.ProductJvm;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** The commands as processes, as an operator meets them. */
class CommandTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;

  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stopEverything() {
    processes.forEach(Process::destroyForcibly);
  }

  /** Starts {@code donna} in an empty folder, with nothing but these variables for settings. */
  private Process start(Map<String, String> variables, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(ProductJvm.command());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(folder.resolve("out" + processes.size()).toFile())
            .redirectError(folder.resolve("err" + processes.size()).toFile());
    builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
    builder.environment().putAll(variables);
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private int run(Map<String, String> variables, String... arguments) throws Exception {
    Process process = start(variables, arguments);
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private String out() {
    return read("out" + (processes.size() - 1));
  }

  private String err() {
    return read("err" + (processes.size() - 1));
  }

  private String read(String name) {
    try {
      return Files.readString(folder.resolve(name));
    } catch (IOException e) {
      return "";
    }
  }

  /** That was printed last. */
  private String token() {
    return Pattern.compile("ey[\\w-]+\\.[\\w-]+\\.[\\w-]+")
        .matcher(out())
        .results()
        .findFirst()
        .orElseThrow()
        .group();
  }

  @Test
  void devNeedsNothingAndSaysWhatIsOnAndWhatIsOff() throws Exception {
    int port = FreePort.next();
    start(Map.of("PORT", String.valueOf(port)), "dev");
    await().atMost(PATIENCE).until(() -> out().contains("Press Ctrl-C to stop."));

    assertThat(out())
        .startsWith("Talk to it: http://127.0.0.1:" + port + "/playground\n")
        .contains("Donna is listening on http://127.0.0.1:" + port)
        .contains("authentication  optional")
        .contains("1000 requests")
        .contains("./donna talk\n")
        .contains("export TOKEN=ey");
    try (TestClient client = TestClient.connect(port, "/realtime")) {
      client.send("{\"type\":\"connect_realtime\"}");
      assertThat(client.readText()).contains("\"type\":\"session.created\"");
    }
    await().atMost(PATIENCE).until(() -> out().contains("🔒 [SECURITY] WS_CONNECTION_CLOSED"));
    assertThat(
            run(Map.of(), "talk", "127.0.0.1:" + port, "--text", "Hello!", "--save", "answer.wav"))
        .as(err())
        .isZero();
    assertThat(Files.size(folder.resolve("answer.wav"))).isGreaterThan(10_000);
  }

  /** What the README prints, in its order. */
  @Test
  void devTakesTheTokensOfItsOwnSecretAndTalkFindsIt() throws Exception {
    int port = FreePort.next();
    Process dev = start(Map.of("PORT", String.valueOf(port)), "dev");
    await().atMost(PATIENCE).until(() -> out().contains("Press Ctrl-C to stop."));
    assertThat(Files.getPosixFilePermissions(folder.resolve(".donna/secret")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    String printed = token();

    assertThat(run(Map.of(), "talk", "--text", "Hello!")).as(err()).isZero();
    assertThat(run(Map.of(), "token", "--sub", "user123")).isZero();
    for (String token : List.of(printed, token())) {
      try (TestClient client = TestClient.connect(port, "/realtime")) {
        client.send("{\"type\":\"authenticate\",\"token\":\"" + token + "\"}");
        assertThat(client.readText()).contains("auth_success");
        client.send("{\"type\":\"connect_realtime\"}");
        assertThat(client.readText()).contains("\"type\":\"session.created\"");
      }
    }
    assertThat(run(Map.of(), "talk", "--token", RunningGateway.token("x"), "--text", "Hi"))
        .isEqualTo(1);
    assertThat(err()).contains("Invalid token");
    // SDKs insist on some key.
    for (String key : List.of("none", printed)) {
      assertThat(
              run(
                  Map.of(),
                  "talk",
                  "http://127.0.0.1:" + port + "/v1",
                  "--token",
                  key,
                  "--text",
                  "Hi"))
          .as(err())
          .isZero();
    }

    dev.destroy();
    assertThat(dev.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    // There is none to be found; the secret stays what it is.
    assertThat(run(Map.of(), "talk", "--text", "Hello!")).isEqualTo(1);
    String secret = Files.readString(folder.resolve(".donna/secret"));
    start(Map.of("PORT", String.valueOf(port)), "dev");
    await().atMost(PATIENCE).until(() -> out().contains("Press Ctrl-C to stop."));
    assertThat(Files.readString(folder.resolve(".donna/secret"))).isEqualTo(secret);
  }

  /** There, nobody is to get in without a token because somebody started the wrong command. */
  @Test
  void devAsksForASecretInProduction() throws Exception {
    Map<String, String> production =
        Map.of("NODE_ENV", "production", "ALLOWED_ORIGINS", "https://app.example.com");
    assertThat(run(production, "dev")).isEqualTo(78);
    assertThat(err()).contains("JWT_SECRET is not set: production requires authentication");
  }

  @Test
  void devWithTlsMakesACertificateOnceAndSaysHowToTrustIt() throws Exception {
    int port = FreePort.next();
    Process first = start(Map.of("PORT", String.valueOf(port)), "dev", "--tls");
    await().atMost(PATIENCE).until(() -> out().contains("Press Ctrl-C to stop."));
    String said = out();
    byte[] authority = Files.readAllBytes(folder.resolve(".donna/tls/ca.pem"));

    assertThat(said)
        .contains("Donna is listening on https://127.0.0.1:" + port)
        .contains("./donna talk\n")
        .contains("NODE_EXTRA_CA_CERTS=");
    assertThat(run(Map.of(), "talk", "--text", "Hello!")).as(err()).isZero();
    assertThat(Files.getPosixFilePermissions(folder.resolve(".donna/tls/key.pem")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    try (var files = Files.list(folder.resolve(".donna/tls"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("ca.pem", "cert.pem", "key.pem");
    }
    for (String host : List.of("localhost", "127.0.0.1")) {
      assertThat(
              run(
                  Map.of(),
                  "talk",
                  "wss://" + host + ":" + port,
                  "--ca",
                  ".donna/tls/ca.pem",
                  "--text",
                  "Hello!"))
          .as(err())
          .isZero();
    }
    assertThat(run(Map.of(), "talk", "wss://localhost:" + port, "--text", "Hello!")).isEqualTo(1);
    assertThat(err()).contains("is its certificate trusted?");

    first.destroy();
    assertThat(first.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    start(Map.of("PORT", String.valueOf(port)), "dev", "--tls");
    await().atMost(PATIENCE).until(() -> out().contains("Press Ctrl-C to stop."));
    assertThat(Files.readAllBytes(folder.resolve(".donna/tls/ca.pem"))).isEqualTo(authority);
  }

  @Test
  void serveDrainsOnSigtermAndEndsWithZero() throws Exception {
    int port = FreePort.next();
    try (Simulator simulator = Simulator.builder().port(0).start()) {
      Process serve =
          start(
              Map.of(
                  "ENABLE_WS_PROXY",
                  "true",
                  "PORT",
                  String.valueOf(port),
                  "OPENAI_API_KEY",
                  "sk-never-to-be-seen",
                  "OPENAI_REALTIME_URL",
                  simulator.uri().toString(),
                  "JWT_SECRET",
                  RunningGateway.SECRET,
                  "SHUTDOWN_GRACE_MS",
                  "300"),
              "serve");
      await().atMost(PATIENCE).until(() -> out().contains("listening on"));
      try (TestClient client = TestClient.connect(port, "/realtime")) {
        client.send(
            "{\"type\":\"authenticate\",\"token\":\"" + RunningGateway.token("user123") + "\"}");
        assertThat(client.readText()).contains("auth_success");
        client.send("{\"type\":\"connect_realtime\"}");
        assertThat(client.readText()).contains("session.created");

        serve.destroy();

        assertThat(client.readClose().closeCode()).isEqualTo(1001);
        client.sendClose(1001, "");
        assertThat(serve.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(serve.exitValue()).isZero();
        assertThat(out())
            .contains(
                "🔒 [SECURITY] WS_AUTH_SUCCESS: {\"ip\":\"127.0.0.xxx\",\"userId\":\"user123\",\"session\":\"")
            .contains("WS_CONNECTION_CLOSED")
            .doesNotContain("sk-never")
            .doesNotContain(RunningGateway.SECRET);
        assertThat(err()).isEmpty();
      }
    }
  }

  @Test
  void serveLogsJsonObjectsWhereAskedTo() throws Exception {
    int port = FreePort.next();
    start(Map.of("LOG_FORMAT", "json", "PORT", String.valueOf(port)), "serve");
    await().atMost(PATIENCE).until(() -> out().contains("listening"));
    TestClient.connect(port, "/realtime").close();
    await().atMost(PATIENCE).until(() -> out().contains("WS_CONNECTION_BLOCKED_FEATURE_DISABLED"));

    assertThat(out().lines())
        .allMatch(line -> line.startsWith("{\"timestamp\":\"") && line.endsWith("}"));
  }

  @Test
  void serveRefusesWrongSettingsInOneReport() throws Exception {
    Files.writeString(
        folder.resolve(".env"), "PORT=abc\nJWT_SECRET=short-and-secret\nMAX_CONNECTIONS=0\n");
    assertThat(run(Map.of("PORT", "70000"), "serve")).isEqualTo(78);

    assertThat(err())
        .contains("3 invalid settings")
        .contains("PORT is \"70000\": it must be a whole number from 0 to 65535")
        .contains("JWT_SECRET")
        .contains("MAX_CONNECTIONS")
        .doesNotContain("short-and-secret")
        .doesNotContain("\tat ");
  }

  @Test
  void serveSaysThatItsPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(run(Map.of("PORT", String.valueOf(taken.getLocalPort())), "serve")).isEqualTo(1);
      assertThat(err() + out())
          .contains(
              "cannot listen on 127.0.0.1:%d: the address is in use; choose another PORT"
                  .formatted(taken.getLocalPort()))
          .doesNotContain("\tat ");
    }
  }

  @Test
  void checkTriesTheKeySetAndSaysWhatATokenIs() throws Exception {
    String token =
        TestKeys.token(
            "ES256",
            "k1",
            TestKeys.P256.getPrivate(),
            "{'sub':'ann','donna':{'tier':'gold','teir':'silver'}}");
    try (Simulator simulator = Simulator.builder().port(0).start();
        KeySetServer keys = KeySetServer.start()) {
      Map<String, String> variables =
          Map.of(
              "ENABLE_WS_PROXY",
              "true",
              "OPENAI_API_KEY",
              "sk-x",
              "OPENAI_REALTIME_URL",
              simulator.uri().toString(),
              "JWT_JWKS_URL",
              keys.uri("/keys").toString());
      assertThat(run(variables, "check")).isEqualTo(1);
      assertThat(out()).contains("The key set cannot be used:", "answers 404");
      assertThat(run(variables, "check", "--token", token)).isEqualTo(1);
      assertThat(out())
          .contains("The token cannot be verified:")
          .contains("Not ready: the key set cannot be used; the token cannot be verified.");

      keys.serve("/keys", TestKeys.jwks(TestKeys.jwk(TestKeys.P256, "k1")));
      assertThat(run(variables, "check")).isZero();
      assertThat(out())
          .contains("Key set: 1 key for ES256.")
          .contains("on: JWT within 10000 ms, verified with the keys at http://127.0.0.1");

      assertThat(run(variables, "check", "--token", token)).isEqualTo(1);
      assertThat(out())
          .contains("The token is valid: user ann, without expiry.")
          .contains("tier gold", "donna.teir is unknown and grants nothing")
          .contains("Not ready: the token has unknown grants.")
          .doesNotContain(token);
    }
  }

  @Test
  void tokenMintsWhatTheGatewayVerifies() throws Exception {
    Map<String, String> secret = Map.of("JWT_SECRET", RunningGateway.SECRET);
    assertThat(run(secret, "token", "--sub", "user123", "--ttl", "15m", "--claim", "tier=gold"))
        .isZero();

    AuthSettings settings = Settings.authOf(Environment.of(secret));
    try (TokenKeys keys = new TokenKeys(settings, new Revocations(), Runnable::run)) {
      Verification verified = keys.verifier(settings, Clock.systemUTC()).verify(out().strip());
      assertThat(verified).isInstanceOf(Verification.Verified.class);
      assertThat(((Verification.Verified) verified).user().id()).isEqualTo("user123");
    }
    assertThat(run(Map.of(), "token", "--sub", "x")).isEqualTo(2);
    assertThat(err()).contains("set JWT_SECRET");
    assertThat(run(secret, "token", "--sub", "x", "--ttl", "soon")).isEqualTo(2);
    assertThat(err()).contains("90s, 15m, 1h or 7d");
  }

  @Test
  void rehearsesWhateverTheSettings() throws Exception {
    Files.writeString(folder.resolve(".env"), "PORT=abc\nJWT_SECRET=short\n");

    assertThat(run(Map.of("ENABLE_WS_PROXY", "maybe"), "rehearse")).as(err()).isZero();

    // Both endpoints, authenticated, to the end: there is nothing to learn from a refusal.
    assertThat(out().lines().filter(line -> line.contains("WS_AUTH_SUCCESS"))).hasSize(16);
    assertThat(out().lines().filter(line -> line.contains("WS_CONNECTION_CLOSED")))
        .hasSize(16)
        .allSatisfy(line -> assertThat(line).contains("\"code\":1000"));
  }

  @Test
  void secretPrintsSixtyFourNewBytes() throws Exception {
    assertThat(run(Map.of(), "secret")).isZero();
    String first = out().strip();
    assertThat(first).matches("[A-Za-z0-9_-]{64}");

    assertThat(run(Map.of(), "secret")).isZero();
    assertThat(out().strip()).isNotEqualTo(first);
  }

  @Test
  void checkShowsSettingsMaskedAndTriesTheUpstream() throws Exception {
    try (Simulator simulator = Simulator.builder().port(0).apiKey("sk-right").start()) {
      Map<String, String> right =
          Map.of(
              "ENABLE_WS_PROXY",
              "true",
              "OPENAI_API_KEY",
              "sk-right",
              "OPENAI_REALTIME_URL",
              simulator.uri().toString(),
              "JWT_SECRET",
              RunningGateway.SECRET);
      assertThat(run(right, "check")).isZero();
      assertThat(out().strip()).endsWith("Ready to serve.");
      assertThat(out())
          .containsPattern("PORT +3001 +default")
          .containsPattern("JWT_SECRET +set \\(\\d+ bytes\\) +environment")
          .contains("OK: session with gpt-realtime-2.1")
          .doesNotContain("sk-right")
          .doesNotContain(RunningGateway.SECRET);

      Map<String, String> wrong = new HashMap<>(right);
      wrong.put("OPENAI_API_KEY", "sk-wrong");
      assertThat(run(wrong, "check")).isEqualTo(1);
      assertThat(out()).contains("The upstream refused").contains("invalid_api_key");
      assertThat(out().strip()).endsWith("Not ready: the test of an upstream failed.");
    }
    assertThat(run(Map.of("OPENAI_REALTIME_URL", "ws://127.0.0.1:1/"), "check")).isEqualTo(1);
    assertThat(out())
        .contains("The upstream cannot be reached. (upstream_unreachable)")
        .contains("Not ready: the proxy is disabled and answers requests with 503")
        .contains("; the test of an upstream failed");
    assertThat(run(Map.of("ENABLE_WS_PROXY", "true", "OPENAI_API_KEY", "k"), "check", "--offline"))
        .isZero();
    assertThat(out().strip()).endsWith("was not tested (--offline).");
    assertThat(run(Map.of(), "check", "--offline")).isEqualTo(1);
  }

  @Test
  void checkLooksAtATokenAndAtRevocationsOffline() throws Exception {
    Path revoked = Files.writeString(folder.resolve("revoked"), "{\"sub\":\"ann\"}\n");
    Map<String, String> variables =
        Map.of(
            "ENABLE_WS_PROXY",
            "true",
            "OPENAI_API_KEY",
            "k",
            "JWT_SECRET",
            RunningGateway.SECRET,
            "JWT_REVOCATIONS_FILE",
            revoked.toString());

    assertThat(run(variables, "check", "--offline", "--token", RunningGateway.token("bob")))
        .isZero();
    assertThat(out()).contains("The token is valid: user bob");
    assertThat(run(variables, "check", "--offline", "--token", RunningGateway.token("ann")))
        .isEqualTo(1);
    assertThat(out())
        .contains("The token is rejected: jwt revoked.")
        .contains("Not ready: the token is not valid.");
    assertThat(run(variables, "check", "--offline", "--token", "none")).isEqualTo(1);
  }

  /** Whoever collects the log reads objects, from the first line to the last. */
  @Test
  void serveWritesNothingButJsonWhereThatIsWanted() throws Exception {
    int port = FreePort.next();
    Map<String, String> json =
        Map.of(
            "LOG_FORMAT", "json",
            "ENABLE_WS_PROXY", "true",
            "OPENAI_API_KEY", "sk-none",
            "OPENAI_REALTIME_URL", "ws://127.0.0.1:1/v1/realtime",
            "TRUSTED_PROXIES", "10.0.0.0/8",
            "PORT", String.valueOf(port));
    Files.writeString(folder.resolve(".env"), "PROT=1\n");
    Process serve = start(json, "serve");
    await().atMost(PATIENCE).until(() -> out().contains("listening"));
    try (TestClient client = TestClient.connect(port, "/realtime")) {
      client.send("{\"type\":\"connect_realtime\"}");
      assertThat(client.readText()).contains("upstream_unreachable");
    }
    // While it listens, another cannot.
    String first = out();
    Process second = start(json, "serve");
    assertThat(second.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(1);
    expectJson(out());
    expectJson(err());
    serve.destroy();
    assertThat(serve.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

    expectJson(first);
    assertThat(first)
        .contains("unknown setting PROT in .env")
        .contains("\"address\":\"http://127.0.0.1:" + port + "\"")
        .contains("\"proxies\":\"10.0.0.0/8, trusted to report the client address\"");
    Map<String, String> wrong = new HashMap<>(json);
    wrong.put("PORT", "many");
    assertThat(run(wrong, "serve")).isEqualTo(78);
    expectJson(err());
    assertThat(err()).contains("\"problems\":\"PORT is \\\"many\\\"");
  }

  private static void expectJson(String lines) {
    assertThat(lines.lines())
        .allSatisfy(line -> assertThat(JsonMapper.shared().readTree(line).isObject()).isTrue());
  }

  /** Netty and others log a lot as long as nobody has told them not to. */
  @Test
  void noCommandShowsWhatLibrariesLog() throws Exception {
    Map<String, String> proxies =
        Map.of("TRUSTED_PROXIES", "10.0.0.0/8", "OPENAI_REALTIME_URL", "ws://127.0.0.1:1/");
    for (List<String> command :
        List.of(
            List.of("check"),
            List.of("check", "--offline"),
            List.of("talk", "127.0.0.1:1", "--text", "x"),
            List.of("simulate", "--port", "none"))) {
      run(proxies, command.toArray(String[]::new));
      assertThat(out() + err()).as(String.join(" ", command)).doesNotContain("DEBUG");
    }
    for (Map<String, String> failing :
        List.of(
            Map.of("PORT", "none"),
            Map.of("TLS_CERT_FILE", "none", "TRUSTED_PROXIES", "10.0.0.0/8"),
            Map.of("HOST", "192.0.2.1", "TRUSTED_PROXIES", "10.0.0.0/8"))) {
      assertThat(run(failing, "serve")).isNotZero();
      assertThat(out() + err()).as("%s", failing).doesNotContain("DEBUG");
    }
    start(Map.of("PORT", String.valueOf(FreePort.next()), "TRUSTED_PROXIES", "10.0.0.0/8"), "dev");
    await().atMost(PATIENCE).until(() -> out().contains("Press Ctrl-C to stop."));
    assertThat(out() + err()).doesNotContain("DEBUG");
    assertThat(out()).contains("10.0.0.0/8, trusted to report the client address");
  }

  @Test
  void checkSendsNoKeyWhereAFileOfAnybodysSays() throws Exception {
    try (TestUpstream thief = TestUpstream.start()) {
      Path file =
          Files.writeString(folder.resolve(".env"), "OPENAI_REALTIME_URL=" + thief.uri() + "\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

      assertThat(run(Map.of("OPENAI_API_KEY", "sk-precious"), "check")).isEqualTo(78);

      assertThat(err()).contains(".env is refused", "chmod go-w .env");
      assertThat(thief.isUntouched()).isTrue();
    }
  }

  @Test
  void simulateRunsTheSimulatorWithItsOwnOptions() throws Exception {
    int port = FreePort.next();
    start(Map.of(), "simulate", "--port", String.valueOf(port));
    await()
        .atMost(PATIENCE)
        .until(() -> out().contains("Simulator listening on ws://127.0.0.1:" + port));
    try (TestClient client =
        TestClient.connect(
            port, "/v1/realtime?model=gpt-realtime-2.1", "Authorization: Bearer x")) {
      assertThat(client.readText()).contains("session.created");
    }
  }

  @Test
  void helpListsEveryCommand() throws Exception {
    assertThat(run(Map.of(), "--help")).isZero();
    assertThat(out())
        .contains(
            "dev", "serve", "talk", "token", "secret", "check", "policy", "usage", "simulate");
    assertThat(run(Map.of(), "--version")).isZero();
    assertThat(out()).containsPattern("donna \\d+\\.\\d+\\.\\d+");
    assertThat(run(Map.of(), "srve")).isEqualTo(2);
  }
}
