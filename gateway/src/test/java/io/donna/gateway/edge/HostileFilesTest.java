package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is done to the files of a running gateway ends no watching, and shows in {@code /health}.
 */
@Timeout(60)
class HostileFilesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String OPEN = "default_tier: open\ntiers:\n  open: {}\n";
  private static final String CLOSED =
      "default_tier: open\ntiers:\n  open: {models: {allowed: [small], default: small}}\n";

  @TempDir private Path folder;
  private Path revoked;
  private Path policy;

  @BeforeEach
  void writeFiles() throws IOException {
    revoked = Files.createFile(folder.resolve("revoked"));
    policy = Files.writeString(folder.resolve("policy.yaml"), OPEN);
  }

  private RunningGateway start() {
    return RunningGateway.with("JWT_REVOCATIONS_FILE", revoked).with("POLICY_FILE", policy).start();
  }

  private static void awaitFile(RunningGateway gateway, String setting, String state) {
    await(setting + " to be " + state)
        .atMost(PATIENCE)
        .until(() -> gateway.get("/health").body().contains("\"" + setting + "\":\"" + state));
  }

  @Test
  void revokesAgainOnceARevocationListWithAHoleIsMended() throws IOException {
    try (RunningGateway gateway = start();
        TestClient ann = gateway.connect().authenticate(RunningGateway.token("ann"))) {
      awaitFile(gateway, "JWT_REVOCATIONS_FILE", "ok\"");
      try (RandomAccessFile hole = new RandomAccessFile(revoked.toFile(), "rw")) {
        hole.setLength(150L << 20);
      }
      awaitFile(gateway, "JWT_REVOCATIONS_FILE", "not read since 20");
      assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/health").body()).doesNotContain(folder.toString());
      Files.writeString(revoked, "{\"sub\":\"ann\"}\n");

      assertThat(ann.readText()).contains("Token revoked");
      awaitFile(gateway, "JWT_REVOCATIONS_FILE", "ok\"");
    }
  }

  static Stream<Arguments> hostilePolicies() {
    return Stream.of(
        Arguments.of("nested 20,000 deep", "default_tier: " + "[".repeat(20_000)),
        Arguments.of(
            "a pattern of 20,000 brackets",
            OPEN.replace(
                "{}",
                "{guards: [{name: g, on: [instructions], action: log, patterns: ['"
                    + "(".repeat(20_000)
                    + "a"
                    + ")".repeat(20_000)
                    + "']}]}")),
        Arguments.of("a hole", "\0".repeat(2 << 20)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostilePolicies")
  void takesTheNextPolicyAfterOneThatIs(String what, String yaml) throws IOException {
    try (RunningGateway gateway = start()) {
      awaitFile(gateway, "POLICY_FILE", "ok\"");
      Files.writeString(policy, yaml);
      awaitFile(gateway, "POLICY_FILE", "not read since 20");
      assertThat(askedFor(gateway, "huge")).as(what).isEqualTo(200);
      Files.writeString(policy, CLOSED);

      await().atMost(PATIENCE).until(() -> askedFor(gateway, "huge") != 200);
      awaitFile(gateway, "POLICY_FILE", "ok\"");
    }
  }

  /** The status of a request for a client secret for {@code model}. */
  private static int askedFor(RunningGateway gateway, String model) {
    return gateway
        .askForSecret(
            "{\"session\":{\"type\":\"realtime\",\"model\":\"" + model + "\"}}",
            RunningGateway.token("ann", Map.of()))
        .statusCode();
  }

  @Test
  void neverHoldsAnybodyToHalfAPolicyThatIsBeingWritten() throws IOException {
    String whole = OPEN + "  gold: {}\n";
    Files.writeString(policy, whole);
    try (RunningGateway gateway = start()) {
      awaitFile(gateway, "POLICY_FILE", "ok\"");
      // The first half is a policy too, and one that shuts gold out.
      Files.writeString(policy, OPEN);
      assertThat(goldMayCome(gateway)).isTrue();
      Files.writeString(policy, whole + "# and more\n");

      await().during(Duration.ofSeconds(3)).atMost(PATIENCE).until(() -> goldMayCome(gateway));
    }
  }

  private static boolean goldMayCome(RunningGateway gateway) {
    String token = RunningGateway.token("eve", Map.of("donna", Map.of("tier", "gold")));
    return gateway.askForSecret("{}", token).statusCode() == 200;
  }
}
