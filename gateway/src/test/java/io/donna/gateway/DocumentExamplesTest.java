package io.donna.gateway;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.donna.gateway.alerts.NoticeBodyTest;
import io.donna.gateway.audit.LineSecurityLog;
import io.donna.gateway.audit.LineSecurityLogTest;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.LogFormat;
import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.UpstreamSettings;
import io.donna.gateway.config.alerts.AlertsFile;
import io.donna.gateway.config.policy.PolicyFile;
import io.donna.gateway.kit.Console;
import io.donna.gateway.kit.Documents;
import io.donna.gateway.kit.Documents.Example;
import io.donna.gateway.kit.FreePort;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.Tools;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Every fenced block of every document, run in the order and in the way in which it is printed. One
 * that nobody wrote a check for fails.
 */
class DocumentExamplesTest {
  private static final Path SIMULATOR_TEST =
      Documents.ROOT.resolve("simulator/src/test/java/io/donna/simulator/ReadmeTest.java");

  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** What an example must do. */
  private interface Check {
    void of(Example example) throws Exception;
  }

  @TempDir private Path folder;

  private final Map<String, Check> checks = new LinkedHashMap<>();
  private Console console;
  private String port;
  private String adminPort;

  /** The gateway of {@code ./donna dev} that the reader has running at this point. */
  private Console.@Nullable Background dev;

  private String printed = "";

  @BeforeEach
  void openConsole() throws IOException {
    port = String.valueOf(FreePort.next());
    adminPort = String.valueOf(FreePort.next());
    console = new Console(folder, Map.of("PORT", port, "ADMIN_PORT", adminPort));
    describeReadme();
    describeMetering();
    describeRest();
  }

  @AfterEach
  void closeConsole() {
    console.close();
  }

  @TestFactory
  Stream<DynamicTest> doesWhatItIsPrintedFor() {
    return Documents.all().stream()
        .flatMap(page -> Documents.examples(page).stream())
        .map(example ->
            dynamicTest(
                example.name() + " in " + Documents.ROOT.relativize(example.document()),
                () -> check(example)));
  }

  private void check(Example example) throws Exception {
    Check check = checks.get(example.name());
    if (check == null) {
      throw new AssertionError(
          "a fenced block needs a comment <!-- example: NAME --> before it, and a check of that name"
              + " here: "
              + example.text());
    }
    check.of(example);
  }

  private Tools.Run run(Example example) {
    return run(example.text(), "");
  }

  /** Runs it on the port of this test. */
  private Tools.Run run(String script, String input) {
    return console.run(script.replace("3001", port).replace("9091", adminPort), input);
  }

  private void startDev(String command) {
    if (dev != null) {
      dev.interrupt();
    }
    dev = console.start(command).await("Press Ctrl-C to stop.");
  }

  private Console.Background dev() {
    return Objects.requireNonNull(dev, "no example before this one starts dev");
  }

  /** The last code in the text before an example that starts {@code dev}. */
  private static String devBefore(Example example) {
    String page = Documents.read(example.document());
    String before = page.substring(0, page.indexOf("<!-- example: " + example.name() + " -->"));
    return Pattern.compile("`([A-Z_]+=\\S+ \\./donna dev)`")
        .matcher(before)
        .results()
        .reduce((earlier, last) -> last)
        .orElseThrow()
        .group(1);
  }

  private void describeReadme() {
    checks.put("figure", figure -> assertThat(figure.text()).contains("──>"));
    checks.put("dev", example -> startDev(example.text()));
    checks.put(
        "talk",
        example -> {
          Tools.Run talk = run(example.text(), "Hello!\n");

          assertThat(talk.status()).as(talk.output()).isZero();
          assertThat(talk.output()).contains("Hello");
        });
    checks.put(
        "verify",
        // Whoever runs this has run it: it only has to be the command.
        example ->
            assertThat(
                    Tools.run(Documents.ROOT, "", "bash", "-c", example.text().strip() + " --help")
                        .output())
                .startsWith("Usage: ./donna verify"));
    checks.put("own-settings", this::servesWithItsOwnSettings);
    checks.put("javascript", this::holdsAConversationInJavaScript);
    checks.put("sdk-javascript", this::connectsBySdkInJavaScript);
    checks.put("sdk-java", this::connectsBySdkInJava);
    checks.put("claims", DocumentExamplesTest::areGranted);
    checks.put("transcription", DocumentExamplesTest::setsUpATranscriptionSession);
    checks.put(
        "client-secret",
        example -> {
          console.export("TOKEN", run("./donna token --sub user123", "").output().strip());
          JsonNode answer = MAPPER.readTree(run(example).output());

          assertThat(answer.path("value").asString()).startsWith("ek_");
          assertThat(answer.at("/session/instructions").asString()).isEqualTo("Be brief.");
        });
    checks.put("revocations", this::areRevoked);
    checks.put("admin-api", this::steersTheGateway);
    checks.put(
        "rate",
        example -> {
          startDev(devBefore(example));

          assertThat(run(example).output().lines())
              .containsExactlyElementsOf(
                  Stream.concat(
                          Collections.nCopies(10, "200").stream(),
                          Collections.nCopies(5, "429").stream())
                      .toList());
        });
    checks.put(
        "origin",
        example -> {
          startDev(devBefore(example));
          printed = run(example).output();
        });
    checks.put("origin-answer", answer -> assertThat(printed).isEqualTo(answer.text().strip()));
    checks.put(
        "disabled",
        example -> {
          startDev(devBefore(example));

          assertThat(run(example).output())
              .contains("\"error\":\"WebSocket proxy service is currently disabled\"")
              .endsWith("\n503\n");
        });
    checks.put("log", DocumentExamplesTest::isLogged);
    checks.put("ecs-pipeline", DocumentExamplesTest::leavesNoFieldTwice);
    checks.put(
        "redis",
        example -> {
          String[] setting = example.text().strip().split("=", 2);
          Settings settings = Settings.read(Environment.of(Map.of(setting[0], setting[1])));
          assertThat(settings.cluster().orElseThrow().redis()).hasToString(setting[1] + "/0");
        });
    // ClusterAdmissionTest has a user with these rights.
    checks.put("redis-user", example -> assertThat(example.text()).startsWith("ACL SETUSER "));
    checks.put(
        "upstreams",
        example -> {
          String[] setting = example.text().strip().split("=", 2);
          Map<String, String> variables =
              new LinkedHashMap<>(Map.of(setting[0], setting[1], "OPENAI_API_KEY", "k"));
          for (String name : List.of("_WEST", "_EAST")) {
            variables.put("AZURE_OPENAI_ENDPOINT" + name, "https://x.openai.azure.com");
            variables.put("AZURE_OPENAI_API_KEY" + name, "k");
          }

          assertThat(Settings.read(Environment.of(variables)).upstreams())
              .extracting(UpstreamSettings::name)
              .containsExactly(setting[1].split(",", -1));
        });
  }

  /** Every call is answered as one that did something. */
  private static void setsUpATranscriptionSession(Example example) {
    try (Simulator simulator = Simulator.builder().speed(1_000).start();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start();
        TestClient client =
            TestClient.connect(
                gateway.port(),
                "/v1/realtime?intent=transcription",
                "Authorization: Bearer " + RunningGateway.token("ann"))) {
      assertThat(client.readText()).contains("session.created");
      client.send(example.text());
      assertThat(client.readText()).contains("session.updated", "gpt-live-transcribe");
    }
  }

  private void steersTheGateway(Example example) {
    startDev("./donna dev");

    List<String> answers = run(example).output().lines().toList();

    assertThat(answers).hasSize(11).noneMatch(line -> line.contains("\"title\""));
    assertThat(answers.getFirst()).startsWith("{\"enabled\":true");
    assertThat(answers.get(1)).contains("\"user\":\"mallory\"");
    assertThat(answers.getLast()).contains("\"action\":\"switch_on\"");
  }

  /** In a folder of its own: it is what somebody does who has no {@code dev} running. */
  private void servesWithItsOwnSettings(Example example) throws IOException {
    Path there = Files.createDirectory(folder.resolve("own"));
    Files.copy(Documents.ROOT.resolve(".env.example"), there.resolve(".env.example"));
    List<String> lines = example.text().lines().toList();
    try (Simulator simulator = Simulator.builder().port(0).start();
        Console own =
            new Console(
                there,
                Map.of(
                    "PORT",
                    String.valueOf(FreePort.next()),
                    "OPENAI_REALTIME_URL",
                    simulator.uri().toString()))) {
      assertThat(own.run(lines.getFirst()).status()).isZero();
      Matcher named = Pattern.compile("# set (.*)$").matcher(lines.getFirst());
      assertThat(named.find()).isTrue();
      Map<String, String> values =
          Map.of(
              "ENABLE_WS_PROXY", "true",
              "OPENAI_API_KEY", "sk-test",
              "JWT_SECRET", RunningGateway.SECRET,
              "ALLOWED_ORIGINS", "https://app.example.com");
      String env = own.read(".env");
      for (String name : named.group(1).split(", ", -1)) {
        env = env.replaceFirst("(?m)^#? ?" + name + "=.*$", name + "=" + values.get(name));
      }
      own.write(".env", env);
      Tools.Run check = own.run(lines.get(1));

      assertThat(check.status()).as(check.output()).isZero();
      assertThat(check.output()).containsIgnoringCase("ready to serve");
      own.start(lines.get(2)).await("listening on").interrupt();
    }
  }

  /** By the command that the text before it prints, under the name that it gives the file. */
  private void holdsAConversationInJavaScript(Example example) {
    String page = Documents.read(example.document());
    Matcher command = Pattern.compile("`(TOKEN=\\$\\(.*?\\) node (\\S+))`").matcher(page);
    assertThat(command.find()).isTrue();
    console.write(command.group(2), example.text().replace("3001", port));
    Path websocket = Tools.nodeHome().resolve("global-websocket.mjs").toAbsolutePath();
    console.export("NODE_OPTIONS", "--import=" + websocket);

    Tools.Run run = run(command.group(1), "");

    assertThat(run.status()).as(run.output()).isZero();
    assertThat(run.output()).contains("status: completed").contains("closed: 1000");
    assertThat(run.output().lines().count()).isGreaterThan(3);
  }

  /** With the rest of a program behind it, where the packages are. */
  private void connectsBySdkInJavaScript(Example example) throws IOException {
    startDev("./donna dev --tls");
    Path program =
        Files.writeString(
            Tools.nodeHome().resolve("readme-" + port + ".mjs"),
            example.text().replace("3001", port)
                + """
                realtime.on('error', (error) => { console.error(error); process.exit(1); });
                realtime.on('session.created', () => { console.log('created'); realtime.close(); });
                """);
    Matcher certificate =
        Pattern.compile("`(NODE_EXTRA_CA_CERTS=\\S+)`").matcher(Documents.read(example.document()));
    assertThat(certificate.find()).isTrue();
    console.export("TOKEN", run("./donna token --sub user123", "").output().strip());

    Tools.Run run = run(certificate.group(1) + " node " + program.toAbsolutePath(), "");

    Files.delete(program);
    assertThat(run.output()).contains("created");
  }

  private void connectsBySdkInJava(Example example) {
    startDev("./donna dev");
    Matcher parts =
        Pattern.compile("((?:import .*;\n)+)\n(.*)", Pattern.DOTALL)
            .matcher(example.text().replace("3001", port));
    assertThat(parts.matches()).isTrue();
    console.write(
        "Readme.java",
        parts.group(1)
            + "void main() throws Exception {\n"
            + parts.group(2)
            + "IO.println(connection == null ? 1 : \"connected\");\nSystem.exit(0);\n}\n");
    console.export("CLASSPATH", System.getProperty("java.class.path"));
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");

    // It compiles and runs for seconds: what the JVM would prepare for longer is not missed.
    assertThat(run(java + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC Readme.java", "").output())
        .contains("connected");
  }

  private static void areGranted(Example example) throws Exception {
    ObjectNode claims = (ObjectNode) MAPPER.readTree(example.text());
    claims.put("exp", Instant.now().plusSeconds(600).getEpochSecond());
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      Function<String, Integer> status =
          model ->
              gateway
                  .post(
                      "/v1/realtime/client_secrets",
                      "{\"session\":{\"type\":\"realtime\",\"model\":\"%s\"}}".formatted(model),
                      "Authorization",
                      "Bearer " + signed(claims.toString()))
                  .statusCode();

      assertThat(status.apply(claims.at("/donna/models/0").asString())).isEqualTo(200);
      assertThat(status.apply("another-model")).isEqualTo(403);
    }
  }

  private static String signed(String claims) {
    try {
      SignedJWT token =
          new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), JWTClaimsSet.parse(claims));
      token.sign(new MACSigner(RunningGateway.SECRET));
      return token.serialize();
    } catch (ParseException | com.nimbusds.jose.JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private void areRevoked(Example example) throws IOException {
    Path list = Files.writeString(folder.resolve("revoked.jsonl"), example.text());
    try (RunningGateway gateway =
        RunningGateway.with("JWT_REVOCATIONS_FILE", list.toString()).start()) {
      for (String claims :
          List.of(
              "{\"sub\":\"ann\",\"jti\":\"7f3a\"}",
              "{\"sub\":\"user123\"}",
              "{\"sub\":\"user456\",\"iat\":1700000000}")) {
        try (TestClient client = gateway.connect()) {
          client.send("{\"type\":\"authenticate\",\"token\":\"" + signed(claims) + "\"}");

          assertThat(client.readText()).contains("auth_error");
        }
      }
      try (TestClient client = gateway.connect()) {
        client.send(
            "{\"type\":\"authenticate\",\"token\":\""
                + signed(
                    "{\"sub\":\"user456\",\"iat\":%d}".formatted(Instant.now().getEpochSecond()))
                + "\"}");

        assertThat(client.readText()).contains("auth_success");
      }
    }
  }

  /** What is left of every event can be indexed: no name is a value and an object. */
  private static void leavesNoFieldTwice(Example example) {
    List<String> removed =
        MAPPER
            .readTree(example.text())
            .at("/processors/0/remove/field")
            .valueStream()
            .map(JsonNode::asString)
            .toList();
    List<String> lines = new ArrayList<>();
    LineSecurityLog log =
        new LineSecurityLog(
            LogFormat.JSON, Clock.systemUTC(), (kind, events, line) -> lines.add(line));
    LineSecurityLogTest.events()
        .map(row -> (SecurityEvent) Objects.requireNonNull(row.get()[0]))
        .forEach(log::record);
    for (String line : lines) {
      List<String> names = new ArrayList<>(MAPPER.readTree(line).propertyNames());
      names.removeAll(removed);

      assertThat(names)
          .doesNotContain("client", "ecs", "error", "event", "host", "log", "network", "process")
          .doesNotContain("http", "rule", "server", "service", "source", "url", "user")
          .noneMatch(name -> names.stream().anyMatch(other -> other.startsWith(name + ".")));
    }
  }

  private static void isLogged(Example example) throws Exception {
    try (RunningGateway gateway = RunningGateway.with("RATE_LIMIT_MAX_REQUESTS", 2).start()) {
      gateway.connectReady().close();
      gateway.awaitNoConnections();
      try (TestClient client = gateway.connect()) {
        SignedJWT forged =
            new SignedJWT(
                new JWSHeader(JWSAlgorithm.HS256), new JWTClaimsSet.Builder().subject("x").build());
        forged.sign(new MACSigner("another secret that is long enough for HS256"));
        client.send("{\"type\":\"authenticate\",\"token\":\"" + forged.serialize() + "\"}");
        client.readClose();
      }
      for (int i = 0; i < 3; i++) {
        gateway.get("/test");
      }

      assertThat(gateway.fullLog().stream().map(DocumentExamplesTest::withoutWhatVaries).toList())
          .containsAll(
              example.text().lines().map(DocumentExamplesTest::withoutWhatVaries).toList());
    }
  }

  private static String withoutWhatVaries(String line) {
    return line.replaceAll("\"(session|timestamp)\":\"[^\"]+\"", "$1");
  }

  private void describeMetering() {
    checks.put(
        "usage",
        example -> {
          List<String> lines = example.text().lines().toList();
          startDev(lines.getFirst());
          run("./donna talk --text 'Hello!'", "");
          dev().interrupt();

          printed = run(lines.get(1), "").output();
        });
    checks.put(
        "usage-table",
        example -> {
          List<String> lines = example.text().lines().toList();

          // The columns are as wide as what is in them.
          assertThat(printed.lines().map(line -> line.replaceAll(" +", " ")).toList())
              .hasSameSizeAs(lines)
              .contains(lines.get(2).replaceAll(" +", " "))
              .first(as(STRING))
              .matches("Since [0-9TZ:.-]+, in US dollars");
        });
    checks.put(
        "closing-line",
        example -> {
          String closing =
              dev()
                  .output()
                  .lines()
                  .filter(line -> line.contains("WS_CONNECTION_CLOSED"))
                  .findFirst()
                  .orElseThrow();

          assertThat(keys(closing)).isEqualTo(keys(example.text()));
        });
    checks.put(
        "usage-line",
        example -> {
          String line =
              console
                  .read("usage.jsonl")
                  .lines()
                  .filter(one -> one.contains("\"event\":\"response\""))
                  .findFirst()
                  .orElseThrow();

          // The tenant and the tier are in a token only where somebody put them there.
          assertThat(keys(example.text())).containsAll(keys(line));
          assertThat(keys(line)).hasSizeGreaterThan(keys(example.text()).size() - 3);
        });
  }

  private static Set<String> keys(String line) {
    Set<String> keys = new TreeSet<>();
    addKeys(MAPPER.readTree(line.substring(line.indexOf('{'))), "", keys);
    return keys;
  }

  private static void addKeys(JsonNode node, String path, Set<String> keys) {
    node.propertyStream()
        .forEach(property -> {
          keys.add(path + property.getKey());
          addKeys(property.getValue(), path + property.getKey() + ".", keys);
        });
  }

  /** The code of an example is that of a program which is run. */
  private static void isPartOf(Path program, Example example) {
    List<String> lines = Documents.read(program).lines().map(String::strip).toList();

    assertThat(lines)
        .containsSubsequence(
            example
                .text()
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("// ..."))
                .toList());
  }

  private List<String> problems(String policy) {
    return PolicyFile.read(console.write("policy.yaml", policy), ModelAliases.NONE).problems();
  }

  private void describeRest() {
    checks.put("policy", example -> assertThat(problems(example.text())).isEmpty());
    checks.put(
        "guards",
        example ->
            assertThat(problems("default_tier: free\ntiers:\n  free:\n" + example.text()))
                .allMatch(problem -> problem.contains("GUARD_WEBHOOK_SECRET")));
    checks.put(
        "alerts",
        example ->
            assertThat(AlertsFile.read(console.write("alerts.yaml", example.text())).problems())
                .isEmpty());
    checks.put(
        "alert-body",
        // NoticeBodyTest compares them with a body that is sent.
        example ->
            assertThat(MAPPER.readTree(example.text()).path("data").propertyNames())
                .containsExactlyElementsOf(NoticeBodyTest.FIELDS));
    checks.put(
        "examples-set-up",
        example -> {
          List<String> lines = example.text().lines().toList();

          assertThat(run(lines.getFirst() + "; echo $TOKEN", "").output())
              .matches("(?s)ey[\\w.-]+\\s*");
          // ExamplesTest installs the same packages.
          assertThat(lines.get(1)).startsWith("npm install --prefix examples ");
          assertThat(Documents.ROOT.resolve("examples/package.json")).exists();
        });
    checks.put(
        "simulate",
        example ->
            console
                .start(example.text().replace("8091", "0"))
                .await("ws://127.0.0.1:")
                .interrupt());
    checks.put("simulator-in-a-test", example -> isPartOf(SIMULATOR_TEST, example));
    checks.put(
        "bench",
        example -> {
          String help =
              Tools.run(Documents.ROOT, "", "bash", "-c", "./donna bench --help").output();
          // Measuring takes an hour; here it is enough that there is what it names.
          Pattern.compile("(?m)^\\./donna bench ?([^#\n]*)")
              .matcher(example.text())
              .results()
              .flatMap(line -> Stream.of(line.group(1).strip().split("\\s+", -1)))
              .filter(word -> !word.isEmpty() && !word.matches("\\d+|-p|text=VOICE"))
              .forEach(word -> assertThat(help).contains(word));
        });
  }
}
