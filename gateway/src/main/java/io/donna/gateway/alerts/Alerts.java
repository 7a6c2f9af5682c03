package io.donna.gateway.alerts;

import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.config.AlertSettings;
import io.donna.gateway.config.WatchedFiles;
import io.donna.gateway.config.alerts.AlertKind;
import io.donna.gateway.config.alerts.AlertRule;
import io.donna.gateway.config.alerts.AlertRules;
import io.donna.gateway.config.alerts.AlertsFile;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates the rules of alerts every few seconds, on a thread of its own, and tells what begins
 * and ends: in the security log and by the webhook. {@link #active} is safe from any thread.
 */
public final class Alerts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Alerts.class);
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private record Key(AlertKind kind, String subject) {}

  private static final class Tracked {
    private final AlertState state = new AlertState();
    private Alert latest;

    Tracked(Alert latest) {
      this.latest = latest;
    }
  }

  private final Clock clock;
  private final SecurityLog log;
  private final Optional<WebhookQueue> webhook;
  private final Measures measures;
  private final Thread thread;
  private volatile AlertRules rules;
  private volatile List<Alert> active = List.of();

  // Confined to the thread that evaluates.
  private final Map<Key, Tracked> tracked = new LinkedHashMap<>();
  private Instant last;

  /**
   * The clock's time that has passed, but for what it was set back: windows never run backwards.
   */
  private long elapsed;

  Alerts(AlertSettings settings, AlertSources sources, SecurityLog log, Clock clock) {
    this.clock = clock;
    this.log = log;
    this.rules = settings.rules();
    this.webhook = settings.webhook().map(target -> new WebhookQueue(target, clock));
    this.measures = new Measures(sources, clock);
    this.last = clock.instant();
    this.thread = Thread.ofPlatform().daemon().name("alerts").unstarted(this::run);
  }

  /**
   * Begins to evaluate the rules.
   *
   * @param log receives the events of alerts
   * @param watched reloads the file of rules on change
   */
  public static Alerts start(
      AlertSettings settings,
      AlertSources sources,
      SecurityLog log,
      WatchedFiles watched,
      Clock clock) {
    Alerts alerts = new Alerts(settings, sources, log, clock);
    settings
        .file()
        .ifPresent(file ->
            watched.watch(
                "ALERTS_FILE", List.of(file), contents -> alerts.take(contents.getFirst())));
    alerts.thread.start();
    return alerts;
  }

  /** The active alerts, longest active first; immutable, at most a few seconds old. */
  public List<Alert> active() {
    return active;
  }

  /** The number of active alerts of each kind that is not turned off, by its name. */
  public Map<String, Double> activeByKind() {
    Map<String, Double> counts = new TreeMap<>();
    rules
        .byKind()
        .forEach((kind, rule) -> {
          if (rule.enabled()) {
            counts.put(kind.key(), 0.0);
          }
        });
    active.forEach(alert -> counts.computeIfPresent(alert.kind().key(), (key, n) -> n + 1));
    return counts;
  }

  private void take(byte[] yaml) throws IOException {
    AlertsFile.Reading reading = AlertsFile.read(yaml);
    AlertRules read =
        reading.rules().orElseThrow(() -> new IOException(String.join("; ", reading.problems())));
    if (!rules.equals(read)) {
      rules = read;
      LOG.info("ALERTS_FILE reloaded");
    }
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(INTERVAL);
        evaluateAndReport();
      }
    } catch (InterruptedException closed) {
      // the gateway stops
    }
  }

  private void evaluateAndReport() {
    try {
      evaluate();
    } catch (RuntimeException fault) {
      LOG.error("alerts cannot be evaluated: internal error", fault);
    }
  }

  /** Evaluates every rule once; for the thread of alerts, or a test instead of it. */
  void evaluate() {
    Instant now = clock.instant();
    elapsed += Math.max(0, Duration.between(last, now).toNanos());
    last = now;
    AlertRules inForce = rules;
    List<Notice> notices = new ArrayList<>();
    for (AlertKind kind : AlertKind.values()) {
      AlertRule rule = inForce.of(kind);
      Map<String, Reading> readings = measures.read(kind, elapsed, rule);
      if (rule.enabled()) {
        readings.forEach((subject, reading) ->
            update(new Key(kind, subject), reading, rule, inForce, now).ifPresent(notices::add));
      }
      endMissing(kind, rule.enabled() ? readings : Map.of(), inForce, now, notices);
    }
    active =
        tracked.values().stream()
            .filter(alert -> alert.state.isActive())
            .map(alert -> alert.latest)
            .sorted((one, other) -> one.since().compareTo(other.since()))
            .toList();
    notices.forEach(this::tell);
  }

  private Optional<Notice> update(
      Key key, Reading reading, AlertRule rule, AlertRules inForce, Instant now) {
    BigDecimal value = Alert.rounded(reading.value());
    boolean exceeded =
        reading.observations() >= rule.minimum() && exceeds(key.kind, value, rule.threshold());
    Tracked alert = tracked.get(key);
    if (alert == null) {
      if (!exceeded) {
        return Optional.empty();
      }
      alert = new Tracked(alert(key, reading, now, value, rule));
      tracked.put(key, alert);
    }
    boolean wasActive = alert.state.isActive();
    Optional<Notice.State> told =
        alert.state.update(exceeded, elapsed, pace(key.kind, rule, inForce));
    boolean begins = !wasActive && alert.state.isActive();
    // While the value is within its threshold, whoever exceeded it remains the subject.
    Optional<String> subject = exceeded ? subject(key, reading) : alert.latest.subject();
    alert.latest = new Alert(key.kind, subject, begins ? now : alert.latest.since(), value, rule);
    Alert latest = alert.latest;
    return told.map(state -> new Notice(latest, state, now));
  }

  private static Alert alert(
      Key key, Reading reading, Instant now, BigDecimal value, AlertRule rule) {
    return new Alert(key.kind, subject(key, reading), now, value, rule);
  }

  private static Optional<String> subject(Key key, Reading reading) {
    return key.subject.equals(Reading.NO_SUBJECT) ? reading.detail() : Optional.of(key.subject);
  }

  private static boolean exceeds(AlertKind kind, BigDecimal value, BigDecimal threshold) {
    return switch (kind.unit()) {
      case COUNT, RATIO, SECONDS -> value.compareTo(threshold) >= 0;
      case DAYS_LEFT -> value.compareTo(threshold) <= 0;
    };
  }

  /** Ends alerts whose subject or rule is gone, and forgets what need not be remembered. */
  private void endMissing(
      AlertKind kind,
      Map<String, Reading> readings,
      AlertRules inForce,
      Instant now,
      List<Notice> notices) {
    tracked
        .entrySet()
        .removeIf(entry -> {
          Key key = entry.getKey();
          if (key.kind != kind) {
            return false;
          }
          Tracked alert = entry.getValue();
          if (!readings.containsKey(key.subject)) {
            alert.state.end().ifPresent(state -> notices.add(new Notice(alert.latest, state, now)));
          }
          return alert.state.isForgettable(elapsed, pace(kind, inForce.of(kind), inForce));
        });
  }

  private static AlertState.Pace pace(AlertKind kind, AlertRule rule, AlertRules inForce) {
    return new AlertState.Pace(
        kind.mustLast() ? rule.window() : Duration.ZERO,
        inForce.resolveAfter(),
        inForce.coolDown());
  }

  private void tell(Notice notice) {
    log.record(notice.event());
    webhook.ifPresent(queue -> queue.add(notice));
  }

  @Override
  public void close() {
    thread.interrupt();
    webhook.ifPresent(WebhookQueue::close);
  }
}
