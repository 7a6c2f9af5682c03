package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Measures the upstream servers. Safe from any thread. */
public final class UpstreamMetrics {
  /** In milliseconds, up to the usual limit of an opening. */
  private static final List<Integer> OPENINGS =
      List.of(10, 25, 50, 100, 200, 300, 500, 750, 1_000, 2_000, 5_000, 10_000);

  private final MeterRegistry registry;
  private final LabeledCounter openings;
  private final LabeledTimer durations;
  private final Map<String, BooleanSupplier> servers =
      Collections.synchronizedMap(new LinkedHashMap<>());

  UpstreamMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.openings = new LabeledCounter(registry, "donna.upstream.openings", "server", "outcome");
    this.durations = new LabeledTimer(registry, "donna.upstream.opening", OPENINGS, "server");
  }

  /** Follows a server of the settings, so that it is in the metrics before its first opening. */
  public void follow(String server, BooleanSupplier isUp) {
    servers.put(server, isUp);
    Gauge.builder("donna.upstream.up", isUp, up -> up.getAsBoolean() ? 1 : 0)
        .tag("server", server)
        .strongReference(true)
        .register(registry);
  }

  /** Whether each server takes sessions, by its name, in the order of the settings. */
  public Map<String, Boolean> states() {
    Map<String, Boolean> states = new LinkedHashMap<>();
    synchronized (servers) {
      servers.forEach((name, isUp) -> states.put(name, isUp.getAsBoolean()));
    }
    return states;
  }

  /**
   * Records an attempt to open a server.
   *
   * @param outcome {@code opened}, or the code of a failure
   */
  public void attempted(String server, String outcome, long nanos) {
    openings.of(server, outcome).increment();
    durations.of(server).record(nanos, TimeUnit.NANOSECONDS);
  }
}
