package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Measures the upstream servers. Safe from any thread. */
public final class UpstreamMetrics {
  /** The outcome of an attempt that succeeded. */
  public static final String OPENED = "opened";

  /** The outcome of an attempt that failed by what the client asked for. */
  public static final String CLIENT_ERROR = "client_error";

  /** In milliseconds, up to the usual limit of an opening. */
  private static final List<Integer> OPENINGS =
      List.of(10, 25, 50, 100, 200, 300, 500, 750, 1_000, 2_000, 5_000, 10_000);

  private final MeterRegistry registry;
  private final LabeledMeters<Counter> openings;
  private final LabeledMeters<Timer> durations;
  private final Map<String, BooleanSupplier> servers =
      Collections.synchronizedMap(new LinkedHashMap<>());

  UpstreamMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.openings =
        LabeledMeters.counters(registry, "donna.upstream.openings", "server", "outcome");
    this.durations = LabeledMeters.timers(registry, "donna.upstream.opening", OPENINGS, "server");
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
   * @param outcome {@link #OPENED}, {@link #CLIENT_ERROR}, or the code of a failure
   */
  public void attempted(String server, String outcome, long nanos) {
    openings.of(server, outcome).increment();
    durations.of(server).record(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * The attempts to open a server.
   *
   * @param failed those that did not end with an open upstream
   */
  public record Attempts(long all, long failed) {
    private Attempts plus(Attempts more) {
      return new Attempts(all + more.all, failed + more.failed);
    }
  }

  /**
   * All attempts so far, by the server's name. Those that the client spoilt are left out: a user
   * could make the server look broken.
   */
  public Map<String, Attempts> byServer() {
    Map<String, Attempts> servers = new TreeMap<>();
    openings.forEach((labels, counter) -> {
      String outcome = labels.get(1);
      long count = (long) counter.count();
      if (!outcome.equals(CLIENT_ERROR)) {
        boolean opened = outcome.equals(OPENED);
        servers.merge(labels.getFirst(), new Attempts(count, opened ? 0 : count), Attempts::plus);
      }
    });
    return servers;
  }
}
