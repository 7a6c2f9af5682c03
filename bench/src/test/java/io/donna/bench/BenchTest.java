package io.donna.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.policy.LimitKind;
import io.donna.gateway.config.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchTest {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin/java").toString();
  private static final String CLASS_PATH = System.getProperty("java.class.path");
  private static final String STAND_IN = StandInGateway.class.getName();

  /** These JVMs run for seconds: what a JVM would prepare for longer is not missed. */
  private static final String JIT = "-XX:TieredStopAtLevel=1";

  private static final String COLLECTOR = "-XX:+UseSerialGC";

  @Test
  void measuresAGateway() throws Exception {
    Outcome outcome = benchGateway(JAVA, JIT, COLLECTOR, "-cp", CLASS_PATH, STAND_IN);

    assertThat(outcome.output()).containsPattern("gateway +\\d+ +\\d+ +\\d+\\.\\d");
    assertThat(outcome.status()).isZero();
  }

  @Test
  void measuresAGatewayWithAPolicyBesideOneWithout() throws Exception {
    Outcome outcome = benchGateway("--policy", JAVA, JIT, COLLECTOR, "-cp", CLASS_PATH, STAND_IN);

    assertThat(outcome.output())
        .containsPattern("gateway +\\d+ +\\d+ +\\d+\\.\\d")
        .containsPattern("policy +\\d+ +\\d+ +\\d+\\.\\d")
        .containsPattern("voice.cpu.policy/gateway +\\d+\\.\\d\\d");
    assertThat(outcome.status()).isZero();
  }

  @Test
  void hasAPolicyThatTheGatewayReadsAndThatGatesNoTurn(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("policy.yaml"), Gateway.POLICY);

    PolicyFile.Reading reading = PolicyFile.read(file, ModelAliases.NONE);

    assertThat(reading.problems()).isEmpty();
    assertThat(reading.policy().orElseThrow().tiers().values())
        .singleElement()
        .satisfies(tier -> {
          assertThat(tier.limits())
              .containsOnlyKeys(LimitKind.MESSAGES_PER_SECOND, LimitKind.BYTES_PER_SECOND);
          assertThat(tier.gatesTurns()).isFalse();
        });
  }

  @Test
  void failsWhereAGatewayChangesOneByte() throws Exception {
    Outcome outcome = benchGateway(JAVA, JIT, COLLECTOR, "-cp", CLASS_PATH, STAND_IN, "--corrupt");

    assertThat(outcome.output()).contains("arrived other than it was sent");
    assertThat(outcome.status()).isEqualTo(1);
  }

  @Test
  void saysWhatAGatewaySaidThatDoesNotStart() throws Exception {
    Outcome outcome = benchGateway("sh", "-c", "echo PORT is taken; exit 78");

    assertThat(outcome.output()).contains("gateway ended with status 78", "PORT is taken");
    assertThat(outcome.status()).isEqualTo(1);
  }

  @Test
  void refusesALoadThatIsNone() throws Exception {
    Outcome outcome = bench("voice", "--peers", "vertx", "--sessions", "-1");

    assertThat(outcome.output()).contains("--sessions takes 1 to 9500");
    assertThat(outcome.status()).isEqualTo(2);
  }

  @Test
  void measuresSessionsMemoryAndStarts() throws Exception {
    Outcome outcome =
        bench(
            "small",
            "large",
            "busy",
            "scrape",
            "flood",
            "sessions",
            "idle",
            "cluster",
            "start",
            "--peers",
            "gateway",
            "--sessions",
            "20",
            "--seconds",
            "1",
            "--settle",
            "0",
            "--warmup",
            "0",
            "--rounds",
            "1",
            "--",
            JAVA,
            JIT,
            COLLECTOR,
            "-cp",
            CLASS_PATH,
            STAND_IN);

    assertThat(outcome.output())
        .containsPattern("messages/s.*\\s+gateway +(> )?\\d{3,}")
        .containsPattern("sessions/s.*\\s+gateway +(> )?\\d{2,}")
        .containsPattern("scrapes/s.*\\s+alone .*\\s+beside scrapes +\\d ")
        .containsPattern("kB/session.*\\s+gateway +\\d+\\.\\d +\\d+")
        .containsPattern("Redis carries out \\d+\\.\\d\\d commands|redis-server not found")
        .containsPattern("ms +min-max\\s+gateway +\\d{2,} ");
    assertThat(outcome.status()).isZero();
  }

  private record Outcome(int status, String output) {}

  private static Outcome benchGateway(String... command) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of("voice", "--peers", "gateway", "--sessions", "3", "--seconds", "1"));
    arguments.addAll(List.of("--settle", "0", "--warmup", "0", "--rounds", "1"));
    int options = command[0].startsWith("--") ? 1 : 0;
    arguments.addAll(List.of(command).subList(0, options));
    arguments.add("--");
    arguments.addAll(List.of(command).subList(options, command.length));
    return bench(arguments.toArray(String[]::new));
  }

  /** In a process of its own, as the command moves all its process to one core. */
  private static Outcome bench(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                JAVA,
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                JIT,
                COLLECTOR,
                "-cp",
                CLASS_PATH,
                Bench.class.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Outcome(process.waitFor(), output);
  }

  /** The file is what {@code ./donna bench --help} prints, which builds nothing. */
  @Test
  void isExplainedWithEveryOptionAndEverythingThatItMeasures() throws IOException {
    String help = Files.readString(Path.of("..", "build", "help", "bench.txt"));
    CommandLine bench = new CommandLine(new Bench(List.of()));

    assertThat(bench.getCommandSpec().optionsMap().keySet())
        .filteredOn(name ->
            name.startsWith("--") && !Set.of("--help", "--version", "--recorded").contains(name))
        .allSatisfy(name -> assertThat(help).contains(name));
    for (Scenario scenario : Scenario.values()) {
      assertThat(help).contains(scenario.key());
    }
  }
}
