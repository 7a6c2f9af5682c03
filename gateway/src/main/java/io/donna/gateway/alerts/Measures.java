package io.donna.gateway.alerts;

import io.donna.gateway.config.alerts.AlertKind;
import io.donna.gateway.config.alerts.AlertRule;
import io.donna.gateway.telemetry.UpstreamMetrics.Attempts;
import io.donna.gateway.telemetry.VoiceMetrics;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;

/** What the alert of each kind measures. Confined to the thread that evaluates. */
final class Measures {
  /** Of a wait that one answer in twenty exceeds. */
  private static final double QUANTILE = 0.95;

  private static final double SECONDS_A_DAY = Duration.ofDays(1).toSeconds();

  private final AlertSources sources;
  private final Clock clock;

  private final Reading.Measure blocked;
  private final Reading.Measure authenticationFailures;
  private final Reading.Measure rateLimits;
  private final Reading.Measure logLinesLost;
  private final Map<String, CountHistory> openings = new HashMap<>();
  private final CountHistory waits = new CountHistory();

  Measures(AlertSources sources, Clock clock) {
    this.sources = sources;
    this.clock = clock;
    SecurityEventCounts signals = sources.signals();
    this.blocked = increaseOf(signals::blocked);
    this.authenticationFailures = increaseOf(signals::authenticationFailures);
    this.rateLimits = increaseOf(signals::rateLimits);
    this.logLinesLost = increaseOf(sources.logLinesLost());
  }

  private static Reading.Measure increaseOf(DoubleSupplier counter) {
    CountHistory history = new CountHistory();
    return (elapsed, rule) ->
        Reading.single(
            Reading.of(history.increase(elapsed, rule.window(), counter.getAsDouble())[0]));
  }

  /** The readings of a kind's subjects; {@code elapsed} never goes back. */
  Map<String, Reading> read(AlertKind kind, long elapsed, AlertRule rule) {
    return switch (kind) {
      case CONNECTIONS_BLOCKED -> blocked.read(elapsed, rule);
      case AUTHENTICATION_FAILURES -> authenticationFailures.read(elapsed, rule);
      case RATE_LIMIT_EXCEEDED -> rateLimits.read(elapsed, rule);
      case ATTEMPTS_FROM_ONE_ADDRESS -> attempts(elapsed, rule);
      case BUDGET_USED -> Reading.bySubject(sources.budgets().get());
      case UPSTREAM_FAILING -> failures(elapsed, rule);
      case SLOW_ANSWERS -> waits(elapsed, rule);
      case DESCRIPTORS -> descriptors();
      case LOG_LINES_LOST -> logLinesLost.read(elapsed, rule);
      case REDIS_NOT_ANSWERING -> outage();
      case CERTIFICATE_EXPIRING -> certificate();
      case MODEL_RETIRING -> models();
    };
  }

  private Map<String, Reading> attempts(long elapsed, AlertRule rule) {
    return sources
        .signals()
        .attempts()
        .top(elapsed, rule.window())
        .map(top ->
            Reading.single(
                new Reading(
                    (double) top.attempts(), Long.MAX_VALUE, Optional.of(top.address().text()))))
        .orElseGet(() -> Reading.single(Reading.of(0)));
  }

  private Map<String, Reading> failures(long elapsed, AlertRule rule) {
    Map<String, Reading> readings = new TreeMap<>();
    Map<String, Attempts> servers = sources.openings().get();
    servers.forEach((server, attempts) -> {
      double[] increase =
          openings
              .computeIfAbsent(server, name -> new CountHistory())
              .increase(
                  elapsed, rule.window(), (double) attempts.all(), (double) attempts.failed());
      double share = increase[0] > 0 ? increase[1] / increase[0] : 0;
      readings.put(server, Reading.of(share, (long) increase[0]));
    });
    return readings;
  }

  private Map<String, Reading> waits(long elapsed, AlertRule rule) {
    double[] inWindow = waits.increase(elapsed, rule.window(), sources.waits().get());
    return Reading.single(
        Reading.of(
            quantile(VoiceMetrics.boundsOfWaits(), inWindow),
            (long) inWindow[inWindow.length - 1]));
  }

  /** As PromQL's {@code histogram_quantile}: linear within a bucket. */
  static double quantile(double[] bounds, double[] cumulative) {
    int last = bounds.length - 1;
    double rank = QUANTILE * cumulative[last];
    int bucket = 0;
    while (bucket < last && cumulative[bucket] < rank) {
      bucket++;
    }
    if (cumulative[last] == 0) {
      return 0;
    }
    if (bucket == last) {
      return bounds[last - 1];
    }
    double lower = bucket == 0 ? 0 : bounds[bucket - 1];
    double below = bucket == 0 ? 0 : cumulative[bucket - 1];
    double within = cumulative[bucket] - below;
    return lower + (bounds[bucket] - lower) * (rank - below) / within;
  }

  private Map<String, Reading> descriptors() {
    double share = sources.descriptors().getAsDouble();
    return share < 0 ? Map.of() : Reading.single(Reading.of(share));
  }

  private Map<String, Reading> outage() {
    return sources
        .redisOutage()
        .get()
        .map(outage -> Reading.single(Reading.of((double) outage.toSeconds())))
        .orElse(Map.of());
  }

  private Map<String, Reading> certificate() {
    return sources
        .certificateExpiry()
        .get()
        .map(expiry -> Reading.single(Reading.of(daysUntil(expiry))))
        .orElse(Map.of());
  }

  private double daysUntil(Instant end) {
    return Math.max(0, Duration.between(clock.instant(), end).toSeconds() / SECONDS_A_DAY);
  }

  private Map<String, Reading> models() {
    Map<String, Reading> readings = new TreeMap<>();
    for (String model : sources.models().get()) {
      ModelRetirements.ofJar()
          .of(model)
          .ifPresent(retirement -> readings.put(model, Reading.of(daysUntil(retirement.end()))));
    }
    return readings;
  }
}
