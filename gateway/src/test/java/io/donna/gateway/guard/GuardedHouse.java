package io.donna.gateway.guard;

import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TieredGateway;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/** A gateway whose policy has a tier for each kind of guard, and its upstream. */
final class GuardedHouse implements AutoCloseable {
  private final TieredGateway gateway;

  /**
   * Opens one.
   *
   * @param tiers what each has, by its name
   */
  GuardedHouse(Path folder, Map<String, String> tiers) {
    gateway = new TieredGateway(folder, yaml(tiers));
  }

  /** A new policy. */
  void write(Map<String, String> tiers) {
    gateway.write(yaml(tiers));
  }

  private static String yaml(Map<String, String> tiers) {
    return tiers.entrySet().stream()
        .map(tier -> tier.getKey() + ":\n" + tier.getValue().indent(2))
        .collect(Collectors.joining());
  }

  /** One guard, and nothing else. */
  static String guard(String rest) {
    return "guards:\n  - {name: words, " + rest + "}";
  }

  /** A client of this tier. */
  GuardedTalk talk(String tier) {
    return talk(tier, gateway.newUser());
  }

  /** Another client of this user. */
  GuardedTalk talk(String tier, String user) {
    TestClient client = gateway.connect(user, tier, "m");
    return new GuardedTalk(gateway.running(), user, client, gateway.upstream().take().accept());
  }

  @Override
  public void close() {
    gateway.close();
  }
}
