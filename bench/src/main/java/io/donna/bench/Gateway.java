package io.donna.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The gateway as a peer: the given command, with authentication enabled and limits out of reach.
 */
final class Gateway {
  static final String NAME = "gateway";
  static final String NAME_UNDER_POLICY = "policy";
  static final String NAME_IN_CLUSTER = "cluster";

  /**
   * A policy that checks and counts every message against limits that no load reaches. It neither
   * gates turns nor moderates words.
   */
  static final String POLICY =
      """
      default_tier: bench
      tiers:
        bench:
          models: {allowed: [gpt-realtime-2.1], default: gpt-realtime-2.1}
          session:
            locked: {audio.output.voice: marin}
            most: {max_output_tokens: 1024}
          limits:
            messages_per_second: 1000000
            bytes_per_second: 1000000000
      """;

  private Gateway() {}

  static Peer start(List<String> command, Launcher launcher, int upstreamPort) {
    return start(NAME, command, Map.of(), launcher, upstreamPort);
  }

  static Peer startUnderPolicy(List<String> command, Launcher launcher, int upstreamPort) {
    Path file = launcher.directory().resolve("policy.yaml");
    try {
      Files.writeString(file, POLICY);
    } catch (IOException e) {
      throw new BenchmarkFailed("the policy cannot be written", e);
    }
    Map<String, String> policy = Map.of("POLICY_FILE", file.toString());
    return start(NAME_UNDER_POLICY, command, policy, launcher, upstreamPort);
  }

  /** With Redis on the same machine, through which it shares limits. */
  static Peer startInCluster(
      List<String> command, Launcher launcher, int upstreamPort, int redisPort) {
    Map<String, String> cluster =
        Map.of("REDIS_URL", "redis://127.0.0.1:" + redisPort, "REDIS_TIMEOUT_MS", "1000");
    return start(NAME_IN_CLUSTER, command, cluster, launcher, upstreamPort);
  }

  private static Peer start(
      String name,
      List<String> command,
      Map<String, String> more,
      Launcher launcher,
      int upstreamPort) {
    int port = Launcher.freePort();
    int adminPort = Launcher.freePort();
    String secret = secret();
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "ENABLE_WS_PROXY", "true",
                "HOST", "127.0.0.1",
                "PORT", Integer.toString(port),
                "ADMIN_PORT", Integer.toString(adminPort),
                "OPENAI_API_KEY", "sk-bench",
                "OPENAI_REALTIME_URL", "ws://127.0.0.1:" + upstreamPort + "/v1/realtime",
                "JWT_SECRET", secret,
                "RATE_LIMIT_MAX_REQUESTS", "1000000000",
                "MAX_CONNECTIONS_PER_IP", "100000"));
    environment.putAll(more);
    launcher
        .tls()
        .ifPresent(tls -> {
          environment.put("TLS_CERT_FILE", tls.certificate().toString());
          environment.put("TLS_KEY_FILE", tls.key().toString());
        });
    Child process = launcher.start(name, port, command, environment);
    // Valid for longer than the longest run.
    String token = Token.mint("bench", Instant.now().plus(Duration.ofDays(7)), secret);
    return new Peer(
        name,
        port,
        Optional.of(process),
        Optional.of(token),
        launcher.tls(),
        Optional.of(adminPort));
  }

  static String secret() {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }
}
