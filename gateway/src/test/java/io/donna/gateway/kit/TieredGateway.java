package io.donna.gateway.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A gateway whose policy has a tier for each case, and its upstream: as many cases share it as do
 * not disturb each other, each with users of its own.
 */
public final class TieredGateway implements AutoCloseable {
  private final AtomicInteger users = new AtomicInteger();
  private final TestUpstream upstream = TestUpstream.start();
  private final Path file;
  private final RunningGateway gateway;

  /**
   * Starts one.
   *
   * @param tiers in YAML, by their names, from the first column on
   */
  public TieredGateway(Path folder, String tiers) {
    file = folder.resolve("policy.yaml");
    write(tiers);
    gateway = RunningGateway.behind(upstream).with("POLICY_FILE", file).start();
  }

  /** Gives it other tiers, of which it hears in its own time. */
  public void write(String tiers) {
    try {
      Files.writeString(file, "default_tier: open\ntiers:\n  open: {}\n" + tiers.indent(2));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public RunningGateway running() {
    return gateway;
  }

  public TestUpstream upstream() {
    return upstream;
  }

  /** The name of a user who has not been here before. */
  public String newUser() {
    return "user" + users.incrementAndGet();
  }

  /** A client of the drop-in endpoint that asks for {@code model}, or for none if that is empty. */
  public TestClient connect(String user, String tier, String model) {
    String query = model.isEmpty() ? "" : "?model=" + model;
    return TestClient.connect(
        gateway.port(), "/v1/realtime" + query, "Authorization: Bearer " + token(user, tier));
  }

  /** A client of a new user that is authenticated on the gateway's own endpoint. */
  public TestClient connectReady(String tier) {
    return gateway.connect().authenticate(token(newUser(), tier));
  }

  /** A new user's client of the drop-in endpoint, and its upstream. */
  public Talk talk(String tier, String model) {
    return new Talk(connect(newUser(), tier, model), upstream.take().accept());
  }

  public static String token(String user, String tier) {
    return RunningGateway.token(user, Map.of("donna", Map.of("tier", tier)));
  }

  @Override
  public void close() {
    gateway.close();
    upstream.close();
  }
}
