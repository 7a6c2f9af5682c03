package io.donna.gateway.metering;

import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.config.MeteringSettings;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.telemetry.GenAiAttributes;
import io.donna.gateway.telemetry.UsageMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shares prices, ledger and usage log among the bills of all sessions. Safe from any thread. */
public final class Metering implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Metering.class);

  /** Clients may invent model names; further ones are not logged. */
  private static final int MAX_WARNINGS = 100;

  private final Prices prices;
  private final Ledger ledger;
  private final Optional<SharedSpending> shared;
  private final Optional<UsageLog> log;
  private final Clock clock;
  private final UsageMetrics metrics;
  private final Set<String> unlisted = ConcurrentHashMap.newKeySet();

  private Metering(
      Prices prices,
      Ledger ledger,
      Optional<SharedSpending> shared,
      Optional<UsageLog> log,
      Clock clock,
      UsageMetrics metrics) {
    this.shared = shared;
    this.metrics = metrics;
    this.prices = prices;
    this.ledger = ledger;
    this.log = log;
    this.clock = clock;
  }

  /**
   * Opens the usage log, and fills the ledger with this month's charges from it; in a cluster, the
   * other replicas know them.
   *
   * @param metrics receives every charge
   * @param cluster shares what users, tenants and tiers spend
   * @throws IOException if the log cannot be read or written
   */
  public static Metering open(
      MeteringSettings settings, Clock clock, UsageMetrics metrics, Cluster cluster)
      throws IOException {
    Ledger ledger = new Ledger(clock, cluster);
    Optional<UsageLog> log = Optional.empty();
    if (settings.usageLog().isPresent()) {
      Path file = settings.usageLog().get();
      log = Optional.of(UsageLog.open(file));
      Consumer<Charge> before = cluster.isShared() ? charge -> {} : ledger::add;
      UsageLogReader.Found found =
          UsageLogReader.read(List.of(file), Window.MONTH.begin(clock.instant()), before);
      if (found.unreadable() > 0) {
        LOG.warn(
            "{} unreadable lines in the usage log: spending so far may be counted too low",
            found.unreadable());
      }
      if (!found.damaged().isEmpty()) {
        LOG.warn(
            "usage log partly unreadable, spending so far may be counted too low: {}",
            found.damaged().stream()
                .limit(MAX_WARNINGS)
                .map(Object::toString)
                .collect(Collectors.joining("; ")));
      }
    }
    Optional<SharedSpending> shared =
        cluster.isShared()
            ? Optional.of(new SharedSpending(ledger, cluster, clock))
            : Optional.empty();
    return new Metering(new Prices(settings::prices), ledger, shared, log, clock, metrics);
  }

  /** The spending that budgets are checked against. */
  public Ledger ledger() {
    return ledger;
  }

  /** A session begins that spends of {@code budget}, which is of {@code name}. */
  public void watch(Budget budget, String name) {
    shared.ifPresent(any -> ledger.watch(new AccountOwner(budget.per(), name), budget));
  }

  /** Such a session has ended. */
  public void unwatch(Budget budget, String name) {
    shared.ifPresent(any -> ledger.unwatch(new AccountOwner(budget.per(), name), budget));
  }

  /** Completes when it has been heard what {@code name} spends elsewhere, or nobody answers. */
  public CompletionStage<Void> look(Budget.Per per, String name) {
    return shared
        .map(spending -> spending.look(new AccountOwner(per, name)))
        .orElseGet(() -> CompletableFuture.completedStage(null));
  }

  Clock clock() {
    return clock;
  }

  Prices prices() {
    return prices;
  }

  /** The name by which metrics know {@code model}: that of the price list, or {@code other}. */
  public String metricName(String model) {
    return prices.listedName(model).orElse("other");
  }

  /**
   * Replaces a reservation by {@code charge}.
   *
   * @param provider whose model was used
   */
  void charge(Charge charge, Optional<Reservation> reservation, String provider) {
    if (!prices.lists(charge.model())
        && unlisted.size() < MAX_WARNINGS
        && unlisted.add(charge.model())) {
      LOG.warn(
          "model \"{}\" is not in the price list: charged at its \"otherwise\" price",
          ForeignText.of(charge.model()));
    }
    ledger.settle(reservation, charge);
    write(charge);
    measure(charge, provider);
  }

  private void measure(Charge charge, String provider) {
    String model = metricName(charge.model());
    Usage usage = charge.usage();
    measure(model, "input", usage.input().minus(usage.cached()));
    measure(model, "cached", usage.cached());
    measure(model, "output", usage.output());
    metrics.cost(model, charge.kind().name().toLowerCase(Locale.ROOT), charge.cost().doubleValue());
    if (charge.kind() == Kind.RESPONSE && !charge.estimated()) {
      GenAiAttributes source = new GenAiAttributes(provider, model);
      Tokens input = usage.input();
      Tokens cached = usage.cached();
      Tokens output = usage.output();
      metrics.inference(source, "text", input.text(), cached.text(), output.text());
      metrics.inference(source, "audio", input.audio(), cached.audio(), output.audio());
      metrics.inference(source, "image", input.image(), cached.image(), output.image());
    }
  }

  private void measure(String model, String direction, Tokens tokens) {
    metrics.tokens(model, direction, "text", tokens.text());
    metrics.tokens(model, direction, "audio", tokens.audio());
    metrics.tokens(model, direction, "image", tokens.image());
  }

  void write(UsageRecord usage) {
    log.ifPresent(file -> file.append(usage));
  }

  /** Closes the usage log, with all lines on disk. */
  @Override
  public void close() {
    shared.ifPresent(SharedSpending::close);
    log.ifPresent(UsageLog::close);
  }
}
