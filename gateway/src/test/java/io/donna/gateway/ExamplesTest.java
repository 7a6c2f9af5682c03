package io.donna.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestCertificates;
import io.donna.gateway.kit.Tools;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every client in {@code examples/}: it says a line, prints the answer, and says what is missing.
 * The page and its backend have {@link ExamplePageTest}.
 */
@Timeout(120)
class ExamplesTest {
  /** The first words of the simulator about itself. */
  static final String ANSWER = "I am the Donna simulator.";

  private static final Path EXAMPLES = Path.of("../examples");
  private static final Path NODE_TESTS = Path.of("src/test/node");
  private static final String CLASS_PATH = System.getProperty("java.class.path");
  private static final TestCertificates AUTHORITY = new TestCertificates();

  /** In {@link ExamplePageTest}. */
  private static final Set<String> PAGES = Set.of("browser", "backend");

  /** The example in Java, compiled once, as Maven would in five times the time. */
  private static final class Compiled {
    static final Path CLASSES = compile();

    private static Path compile() {
      Path classes = Path.of("target/examples-java");
      String source = EXAMPLES.resolve("openai-java/Hello.java").toString();
      int status =
          ToolProvider.findFirst("javac")
              .orElseThrow()
              .run(System.out, System.err, "-cp", CLASS_PATH, "-d", classes.toString(), source);
      assertThat(status).isZero();
      return classes;
    }
  }

  /** An example, and a scheme that it may be given. */
  record Client(String name, String scheme) {
    String[] command(String line) throws IOException {
      return switch (name) {
        case "python" ->
            new String[] {
              Tools.pythonWith("websockets"), EXAMPLES.resolve("python/hello.py").toString(), line
            };
        case "openai-java" ->
            new String[] {
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              // It runs for a second: what the JVM would prepare for longer is not missed.
              "-XX:TieredStopAtLevel=1",
              "-XX:+UseSerialGC",
              "-cp",
              Compiled.CLASSES + ":" + CLASS_PATH,
              "Hello",
              line
            };
        default ->
            new String[] {
              "node", copyTo("node").resolve(name).resolve("hello.mjs").toString(), line
            };
      };
    }

    String urlOf(int port) {
      return scheme + "://127.0.0.1:" + port;
    }
  }

  @TempDir private Path folder;

  static Stream<Client> clients() {
    return Stream.of(
        new Client("agents-sdk", "http"),
        new Client("node-ws", "http"),
        new Client("openai-java", "http"),
        new Client("openai-node", "https"),
        new Client("python", "http"));
  }

  /** All but the one in Java, which Maven runs. */
  static Stream<Client> clientsOverBoth() {
    return Stream.of(
        new Client("agents-sdk", "http"),
        new Client("agents-sdk", "https"),
        new Client("node-ws", "http"),
        new Client("node-ws", "https"),
        new Client("openai-node", "https"),
        new Client("python", "http"),
        new Client("python", "https"));
  }

  /** Copies the examples to where Node finds the packages of the tests, which are the same. */
  static Path copyTo(String name) throws IOException {
    Path copy = Tools.nodeHome().resolve("examples-" + name);
    try (Stream<Path> files = Files.walk(EXAMPLES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = copy.resolve(EXAMPLES.relativize(file));
        if (!to.toString().matches(".*/examples-.*/(node_modules|target)/.*")) {
          Files.createDirectories(copy.resolve(EXAMPLES.relativize(file.resolveSibling("."))));
          Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    return copy;
  }

  private Tools.Run run(Client client, String gateway, String token) throws IOException {
    return run(client.command("Who are you?"), gateway, token);
  }

  private Tools.Run run(String[] command, String gateway, String token) throws IOException {
    String authority = AUTHORITY.writeTo(folder).toString();
    return Tools.run(
        Path.of("."),
        Map.of(
            "GATEWAY", gateway,
            "TOKEN", token,
            "NODE_EXTRA_CA_CERTS", authority,
            "SSL_CERT_FILE", authority,
            "MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"),
        "",
        command);
  }

  private RunningGateway start(RunningGateway.Builder gateway, Client client) throws IOException {
    return client.scheme.equals("https")
        ? gateway.overTls(AUTHORITY.writeServer(folder)).start()
        : gateway.start();
  }

  @Test
  void everyExampleIsTestedAndInTheTable() throws IOException {
    Set<String> tested = new TreeSet<>(PAGES);
    clients().map(Client::name).forEach(tested::add);
    try (Stream<Path> entries = Files.list(EXAMPLES)) {
      assertThat(
              entries
                  .filter(Files::isDirectory)
                  .map(entry -> entry.getFileName().toString())
                  .filter(name -> !name.equals("node_modules")))
          .containsExactlyInAnyOrderElementsOf(tested);
    }
    String table = Files.readString(EXAMPLES.resolve("README.md"));
    assertThat(tested).allSatisfy(name -> assertThat(table).contains("| [" + name + "]("));
  }

  @Test
  void theirPackagesAreOfTheVersionsThatAreTested() throws IOException {
    JsonNode tested = packages(NODE_TESTS);
    assertThat(packages(EXAMPLES).properties())
        .isNotEmpty()
        .allSatisfy(entry -> assertThat(entry.getValue()).isEqualTo(tested.get(entry.getKey())));

    String version =
        Files.readString(Path.of("../pom.xml"))
            .replaceFirst("(?s).*<openai.version>([^<]+)<.*", "$1");
    assertThat(Files.readString(EXAMPLES.resolve("openai-java/pom.xml")))
        .containsPattern("openai-java</artifactId>\\s*<version>" + Pattern.quote(version) + "<");
  }

  @ParameterizedTest
  @CsvSource({"javascript, openai-node/hello.mjs", "java, openai-java/Hello.java"})
  void theReadmeImportsFromThePackagesOfTheExamples(String language, String example)
      throws IOException {
    List<String> imports =
        Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("../README.md")))
            .results()
            .flatMap(block -> block.group(1).lines())
            .filter(line -> line.startsWith("import "))
            .toList();

    assertThat(imports).hasSizeGreaterThan(1);
    assertThat(Files.readAllLines(EXAMPLES.resolve(example))).containsAll(imports);
  }

  private static JsonNode packages(Path at) throws IOException {
    return JsonMapper.shared()
        .readTree(Files.readString(at.resolve("package.json")))
        .get("dependencies");
  }

  @ParameterizedTest
  @MethodSource("clientsOverBoth")
  void saysALineAndPrintsTheAnswer(Client client) throws IOException {
    try (Simulator simulator = Simulator.builder().port(0).speed(40.0).start();
        RunningGateway gateway = start(RunningGateway.behind(simulator.uri()), client)) {
      Tools.Run run = run(client, client.urlOf(gateway.port()), RunningGateway.token("user123"));

      assertThat(run.output()).contains(ANSWER);
      assertThat(run.status()).isZero();
      gateway.awaitNoConnections();
    }
  }

  @Test
  void theExampleInJavaRunsByItsPom() throws IOException {
    Tools.need("mvn");
    String pom = copyTo("java").resolve("openai-java").toString();
    String[] command = {
      "mvn", "-q", "-f", pom, "compile", "exec:java", "-Dexec.args='Who are you?'"
    };
    try (Simulator simulator = Simulator.builder().port(0).speed(40.0).start();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start()) {
      Tools.Run run =
          run(command, "http://127.0.0.1:" + gateway.port(), RunningGateway.token("user123"));

      assertThat(run.output()).contains(ANSWER);
      assertThat(run.status()).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("clients")
  void saysThatItNeedsAToken(Client client) throws IOException {
    Tools.Run run = run(client, client.urlOf(1), "");

    assertThat(run.output()).contains("TOKEN is not set. Run: export TOKEN=$(./donna token");
    assertThat(run.status()).isNotZero();
  }

  @ParameterizedTest
  @MethodSource("clients")
  void saysThatThereIsNoGateway(Client client) throws IOException {
    Tools.Run run = run(client, client.urlOf(1), RunningGateway.token("user123"));

    assertThat(run.output()).contains("No connection to " + client.urlOf(1) + ": ");
    assertThat(run.status()).isNotZero();
  }

  @ParameterizedTest
  @MethodSource("clients")
  void saysThatItsTokenIsInvalid(Client client) throws IOException {
    try (RunningGateway gateway = start(RunningGateway.withoutUpstream(), client)) {
      Tools.Run run = run(client, client.urlOf(gateway.port()), "not.a.token");

      assertThat(run.output())
          .containsAnyOf(
              "The gateway refused the token: Invalid token",
              "invalid_api_key: Incorrect API key provided.");
      assertThat(run.status()).isNotZero();
    }
  }

  @ParameterizedTest
  @MethodSource("clients")
  void saysWhyThereIsNoAnswer(Client client) throws IOException {
    try (RunningGateway gateway = start(RunningGateway.withoutUpstream(), client)) {
      Tools.Run run = run(client, client.urlOf(gateway.port()), RunningGateway.token("user123"));

      assertThat(run.output()).contains("upstream_unreachable: ");
      assertThat(run.status()).isNotZero();
    }
  }
}
