package io.donna.gateway.admin;

import io.donna.gateway.admission.FileDescriptorBudget;
import io.donna.gateway.edge.Gateway;
import io.donna.gateway.session.SessionSnapshot;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.telemetry.Telemetry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How this replica is: sessions, waits, cost, upstreams, resources. From {@link #start} on it looks
 * at its counters each second, for what they grow in a minute. Safe from any thread.
 */
final class ReplicaStatus implements AutoCloseable {
  private static final Duration EVERY = Duration.ofSeconds(1);

  private final Gateway gateway;
  private final String replica;
  private final String version;
  private final Clock clock;
  private final Instant started;
  private final MinuteIncrease refusals;
  private final MinuteIncrease cost;
  private final Thread thread = Thread.ofVirtual().name("status").unstarted(this::run);

  private volatile double lastRefused;
  private volatile double lastSpent;

  /**
   * @param replica the name of this replica; empty if the gateway is alone
   * @param version the gateway's
   */
  ReplicaStatus(Gateway gateway, String replica, String version, Clock clock) {
    this.gateway = gateway;
    this.replica = replica;
    this.version = version;
    this.clock = clock;
    this.started = clock.instant();
    Telemetry telemetry = gateway.telemetry();
    this.refusals = new MinuteIncrease(telemetry.decisions()::refusals);
    this.cost = new MinuteIncrease(telemetry.usage()::cost);
  }

  /** Begins to look, unless it does already. */
  synchronized void start() {
    if (thread.getState() == Thread.State.NEW) {
      thread.start();
    }
  }

  private void run() {
    try {
      while (true) {
        lastRefused = refusals.look();
        lastSpent = cost.look();
        Thread.sleep(EVERY);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The fields of the status.
   *
   * @param live the live sessions
   */
  ObjectNode of(List<SessionSnapshot> live) {
    Telemetry telemetry = gateway.telemetry();
    Instant time = clock.instant();
    ObjectNode json =
        AdminResponse.object()
            .put("time", time.truncatedTo(ChronoUnit.MILLIS).toString())
            .put("version", version)
            .put("uptimeSeconds", Duration.between(started, time).toSeconds());
    json.put("replica", replica.isEmpty() ? null : replica);
    Map<SessionState, Long> states =
        live.stream().collect(Collectors.groupingBy(SessionSnapshot::state, Collectors.counting()));
    ObjectNode sessions = json.putObject("sessions");
    for (SessionState state : SessionState.values()) {
      if (state != SessionState.ENDED) {
        sessions.put(state.label(), states.getOrDefault(state, 0L));
      }
    }
    json.put("connections", gateway.connections())
        .put("refusalsPerMinute", (long) lastRefused)
        .put("usdPerMinute", lastSpent);
    telemetry
        .voice()
        .recent()
        .quantiles()
        .ifPresentOrElse(
            wait ->
                json.putObject("wait")
                    .put("turns", wait.turns())
                    .put("p50Ms", wait.p50Ms())
                    .put("p95Ms", wait.p95Ms()),
            () -> json.putNull("wait"));
    json.put("loopLagMs", telemetry.loopLag() * 1_000).put("heldBytes", gateway.heldBytes());
    json.putObject("descriptors")
        .put("open", FileDescriptorBudget.open())
        .put("limit", FileDescriptorBudget.limit());
    ArrayNode upstreams = json.putArray("upstreams");
    telemetry
        .upstreams()
        .states()
        .forEach((name, up) -> upstreams.addObject().put("name", name).put("up", up));
    return json.put("draining", gateway.gate().isClosing())
        .put("switchedOn", gateway.gate().isEnabled());
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
