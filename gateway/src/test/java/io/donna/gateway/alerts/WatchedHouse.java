package io.donna.gateway.alerts;

import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.config.AlertSettings;
import io.donna.gateway.config.alerts.AlertKind;
import io.donna.gateway.config.alerts.AlertRule;
import io.donna.gateway.config.alerts.AlertRules;
import io.donna.gateway.telemetry.UpstreamMetrics.Attempts;
import io.donna.gateway.telemetry.VoiceMetrics;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A house whose alerts a test evaluates, at times and with figures of its choice. */
final class WatchedHouse {
  static final Instant BEGIN = Instant.parse("2026-11-30T12:00:00Z");
  private static final Duration STEP = Duration.ofSeconds(2);
  private static final MaskedAddress SOMEBODY = new MaskedAddress("192.0.2.xxx");

  private Instant now = BEGIN;
  private final SecurityEventCounts signals = new SecurityEventCounts();
  private final List<SecurityEvent> told = new ArrayList<>();
  private final SecurityLog log = signals.counting(event -> {});
  private final Alerts alerts;

  final Map<String, Double> budgets = new TreeMap<>();
  final Map<String, Attempts> openings = new TreeMap<>();
  final Set<String> models = new HashSet<>();
  double[] waits = new double[VoiceMetrics.boundsOfWaits().length];
  double descriptors;
  double linesLost;
  Optional<Duration> redisOutage = Optional.empty();
  Optional<Instant> expiry = Optional.empty();

  WatchedHouse() {
    this(AlertRules.USUAL);
  }

  WatchedHouse(AlertRules rules) {
    alerts =
        new Alerts(
            new AlertSettings(Optional.empty(), rules, Optional.empty()),
            new AlertSources(
                signals,
                () -> budgets,
                () -> openings,
                () -> waits,
                () -> descriptors,
                () -> linesLost,
                () -> redisOutage,
                () -> expiry,
                () -> models),
            told::add,
            new Clock() {
              @Override
              public Instant instant() {
                return now;
              }

              @Override
              public ZoneId getZone() {
                return ZoneOffset.UTC;
              }

              @Override
              public Clock withZone(ZoneId zone) {
                throw new UnsupportedOperationException();
              }
            });
  }

  Alerts alerts() {
    return alerts;
  }

  Instant now() {
    return now;
  }

  /** Sets the clock without an evaluation between. */
  void setClock(Instant time) {
    now = time;
  }

  /** Evaluates at once. */
  WatchedHouse look() {
    alerts.evaluate();
    return this;
  }

  /** Lets time pass, with an evaluation every two seconds. */
  void pass(Duration time) {
    Instant end = now.plus(time);
    while (now.isBefore(end)) {
      now = now.plus(STEP);
      alerts.evaluate();
    }
  }

  void happens(int times, SecurityEvent event) {
    for (int i = 0; i < times; i++) {
      log.record(event);
    }
  }

  /** Answers that make their callers wait for this many seconds. */
  void answers(int number, double seconds) {
    double[] bounds = VoiceMetrics.boundsOfWaits();
    for (int i = 0; i < bounds.length; i++) {
      waits[i] += seconds <= bounds[i] ? number : 0;
    }
  }

  /** Further attempts to open a server. */
  void opens(String server, int number, int failed) {
    Attempts before = openings.getOrDefault(server, new Attempts(0, 0));
    openings.put(server, new Attempts(before.all() + number, before.failed() + failed));
  }

  /** What was told so far, as {@code alert state value subject}. */
  List<String> told() {
    return told.stream()
        .map(event ->
            switch (event) {
              case SecurityEvent.SecurityAlert(
                      var alert,
                      var state,
                      var value,
                      var _,
                      var _,
                      var subject) ->
                  alert + " " + state + " " + value + subject.map(of -> " " + of).orElse("");
              case SecurityEvent.OperationsAlert(
                      var alert,
                      var state,
                      var value,
                      var _,
                      var _,
                      var subject) ->
                  alert + " " + state + " " + value + subject.map(of -> " " + of).orElse("");
              default -> throw new AssertionError(event);
            })
        .toList();
  }

  List<SecurityEvent> events() {
    return told;
  }

  boolean isActive(AlertKind kind) {
    return alerts.active().stream().anyMatch(alert -> alert.kind() == kind);
  }

  static AlertRules with(AlertKind kind, AlertRule rule) {
    Map<AlertKind, AlertRule> rules = new TreeMap<>(AlertRules.USUAL.byKind());
    rules.put(kind, rule);
    return new AlertRules(AlertRules.USUAL.coolDown(), AlertRules.USUAL.resolveAfter(), rules);
  }

  static SecurityEvent blocked() {
    return new SecurityEvent.ConnectionBlockedCapacity(SOMEBODY);
  }

  static SecurityEvent failedAuthentication(String address) {
    return new SecurityEvent.AuthFailedInvalidToken(
        new MaskedAddress(address), Optional.empty(), "jwt expired");
  }
}
