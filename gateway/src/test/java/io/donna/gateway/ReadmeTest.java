package io.donna.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.ResolvedSetting;
import io.donna.gateway.config.Settings;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.Tools;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's own words, run: what it promises is what happens. */
class ReadmeTest {
  private static final Path README = Path.of("../README.md");

  @TempDir private Path folder;

  /** The fenced block behind {@code <!-- example: name -->}, on the gateway's port. */
  private static String example(String name, RunningGateway gateway) throws IOException {
    Matcher block =
        Pattern.compile("<!-- example: " + name + " -->\n```[a-z]*\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(README));
    assertThat(block.find()).as("an example named " + name).isTrue();
    return block.group(1).replace("3001", String.valueOf(gateway.port()));
  }

  private static String bash(String script) {
    Tools.need("bash", "curl");
    return Tools.run(Path.of("."), "", "bash", "-c", script).output();
  }

  /** Runs the script as it is printed, with this token. */
  private Tools.Run node(String script, String token) throws IOException {
    Path file = Files.writeString(folder.resolve("hello.mjs"), script);
    return Tools.runNode(file, Map.of("TOKEN", token));
  }

  @Test
  void tenOfFifteenRapidRequestsAreAnswered() throws IOException {
    try (RunningGateway gateway =
        RunningGateway.withoutUpstream().without("RATE_LIMIT_MAX_REQUESTS").start()) {
      List<String> statuses = bash(example("rate", gateway)).lines().toList();

      assertThat(statuses)
          .containsExactlyElementsOf(
              Stream.concat(
                      Collections.nCopies(10, "200").stream(),
                      Collections.nCopies(5, "429").stream())
                  .toList());
    }
  }

  @Test
  void aPageFromElsewhereIsRefused() throws IOException {
    try (RunningGateway gateway =
        RunningGateway.with("ALLOWED_ORIGINS", "https://app.example.com").start()) {
      assertThat(bash(example("origin", gateway))).isEqualTo("{\"error\":\"Origin not allowed\"}");
    }
  }

  @Test
  void everythingIsOffWithTheSwitch() throws IOException {
    try (RunningGateway gateway = RunningGateway.with("ENABLE_WS_PROXY", "false").start()) {
      assertThat(bash(example("disabled", gateway)))
          .contains("\"error\":\"WebSocket proxy service is currently disabled\"")
          .endsWith("\n503\n");
    }
  }

  @Test
  void theJavaScriptClientHoldsAConversation() throws IOException {
    try (Simulator simulator = Simulator.builder().port(0).speed(50.0).start();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start()) {
      Tools.Run run = node(example("javascript", gateway), RunningGateway.token("user123"));

      assertThat(run.output()).contains("status: completed").contains("closed: 1000");
      assertThat(run.output().lines().count()).isGreaterThan(3);
      assertThat(run.status()).isZero();
      gateway.awaitNoConnections();
    }
  }

  @Test
  void theJavaScriptClientHearsThatItsTokenIsInvalid() throws IOException {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      Tools.Run run = node(example("javascript", gateway), "none");

      assertThat(run.output())
          .contains("Invalid token")
          .contains("closed: 4003 Authentication failed");
    }
  }

  private static String withoutWhatVaries(String line) {
    return line.replaceAll("\"session\":\"[^\"]+\"", "session")
        .replaceAll("\"timestamp\":\"[^\"]+\"", "timestamp");
  }

  @Test
  void theLogKeepsTheseFourLines() throws Exception {
    try (RunningGateway gateway = RunningGateway.with("RATE_LIMIT_MAX_REQUESTS", 2).start()) {
      SignedJWT forged =
          new SignedJWT(
              new JWSHeader(JWSAlgorithm.HS256), new JWTClaimsSet.Builder().subject("x").build());
      forged.sign(new MACSigner("another secret that is long enough for HS256"));
      gateway.connectReady().close();
      gateway.awaitNoConnections();
      try (TestClient client = gateway.connect()) {
        client.send("{\"type\":\"authenticate\",\"token\":\"" + forged.serialize() + "\"}");
        client.readClose();
      }
      for (int i = 0; i < 3; i++) {
        gateway.get("/test");
      }

      assertThat(gateway.fullLog().stream().map(ReadmeTest::withoutWhatVaries).toList())
          .containsAll(example("log", gateway).lines().map(ReadmeTest::withoutWhatVaries).toList());
    }
  }

  @Test
  void everySettingIsInTheReadmeAndInTheExampleFile() throws IOException, InvalidSettings {
    List<String> names =
        Settings.resolve(Environment.of(Map.of())).table().stream()
            .map(ResolvedSetting::name)
            .toList();
    String readme = Files.readString(README);
    String file = Files.readString(Path.of("../.env.example"));

    assertThat(names).hasSizeGreaterThan(20);
    for (String name : names) {
      assertThat(readme).contains("`" + name);
      assertThat(file).containsPattern("(?m)^#? ?" + name + "=");
    }
  }

  @Test
  void everySettingOfTheExampleFileIsOne() throws IOException, InvalidSettings {
    List<String> names =
        Settings.resolve(Environment.of(Map.of())).table().stream()
            .map(ResolvedSetting::name)
            .toList();
    List<String> listed =
        Pattern.compile("(?m)^#? ?([A-Z_]+)=")
            .matcher(Files.readString(Path.of("../.env.example")))
            .results()
            .map(result -> result.group(1))
            .collect(Collectors.toList());

    assertThat(names).containsAll(listed);
  }
}
