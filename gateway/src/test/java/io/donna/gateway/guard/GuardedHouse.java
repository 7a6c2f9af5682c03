package io.donna.gateway.guard;

import io.donna.gateway.auth.TokenMint;
import io.donna.gateway.config.Secret;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A gateway whose policy has a tier for each kind of guard, and its upstream. */
final class GuardedHouse implements AutoCloseable {
  private final AtomicInteger users = new AtomicInteger();
  private final TestUpstream upstream = TestUpstream.start();
  private final Path file;
  final RunningGateway gateway;

  /**
   * Opens one.
   *
   * @param tiers what each has, by its name
   */
  GuardedHouse(Path folder, Map<String, String> tiers) {
    file = folder.resolve("policy.yaml");
    write(tiers);
    gateway = RunningGateway.behind(upstream).with("POLICY_FILE", file).start();
  }

  /** A new policy. */
  void write(Map<String, String> tiers) {
    StringBuilder policy = new StringBuilder("default_tier: open\ntiers:\n  open: {}\n");
    tiers.forEach((name, tier) -> policy.append("  " + name + ":\n").append(tier.indent(4)));
    try {
      Files.writeString(file, policy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One guard, and nothing else. */
  static String guard(String rest) {
    return "guards:\n  - {name: words, " + rest + "}";
  }

  /** A client of this tier. */
  GuardedTalk talk(String tier) {
    String user = "user" + users.incrementAndGet();
    String token =
        new TokenMint(new Secret(RunningGateway.SECRET), Clock.systemUTC())
            .mint(user, Duration.ofHours(1), Map.of("donna", Map.of("tier", tier)));
    TestClient client =
        TestClient.connect(
            gateway.port(), "/v1/realtime?model=m", "Authorization: Bearer " + token);
    return new GuardedTalk(gateway, user, client, upstream.take().accept());
  }

  @Override
  public void close() {
    gateway.close();
    upstream.close();
  }
}
