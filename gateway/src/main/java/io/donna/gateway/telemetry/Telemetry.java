package io.donna.gateway.telemetry;

import io.donna.gateway.config.Api;
import io.donna.gateway.telemetry.LoopCounters.Count;
import io.donna.gateway.telemetry.LoopCounters.Sender;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * The metrics of one gateway, by the names of the contract (section 5). A metric is a line in one
 * of the classes of this package and a call where it happens. Safe from any thread.
 */
public final class Telemetry implements AutoCloseable {
  /** The media type of {@link #write}. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final double NANOS = 1e-9;
  private static final double MICROS = 1e-6;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private final List<LoopCounters> loops = new CopyOnWriteArrayList<>();

  private final FastThreadLocal<LoopCounters> ofThisLoop =
      new FastThreadLocal<>() {
        @Override
        protected LoopCounters initialValue() {
          LoopCounters counters = new LoopCounters();
          loops.add(counters);
          return counters;
        }
      };

  private final SessionMetrics sessions = new SessionMetrics(registry);
  private final VoiceMetrics voice = new VoiceMetrics(registry);
  private final InferenceMetrics inference = new InferenceMetrics(registry);
  private final UpstreamMetrics upstreams = new UpstreamMetrics(registry);
  private final GuardMetrics guards = new GuardMetrics(registry);
  private final UsageMetrics usage = new UsageMetrics(registry);
  private final DecisionMetrics decisions = new DecisionMetrics(registry);
  private final List<Runnable> beforeScrape = new CopyOnWriteArrayList<>();
  private List<MeterBinder> ofJvm = List.of();
  private final List<LoopLag> lags = new CopyOnWriteArrayList<>();

  public Telemetry() {
    for (Api api : Api.values()) {
      messages(api, "up", Sender.CLIENT);
      messages(api, "down", Sender.UPSTREAM);
    }
    counter("donna.relayed", "bytes", "up", Count.CLIENT_BYTES, 1);
    counter("donna.relayed", "bytes", "down", Count.UPSTREAM_BYTES, 1);
    counter("donna.speech", "seconds", "up", Count.SPEECH_IN, MICROS);
    counter("donna.speech", "seconds", "down", Count.SPEECH_OUT, MICROS);
    gauge("donna.event.loop.lag", "seconds", this::loopLag);
  }

  private void counter(String name, String unit, String direction, Count count, double factor) {
    FunctionCounter.Builder<Telemetry> counter =
        FunctionCounter.builder(name, this, all -> all.sum(count) * factor)
            .tag("direction", direction);
    counter.baseUnit(unit).register(registry);
  }

  private void messages(Api api, String direction, Sender sender) {
    FunctionCounter.builder(
            "donna.messages",
            this,
            all -> all.loops.stream().mapToLong(loop -> loop.messages(api, sender)).sum())
        .tags("direction", direction, "protocol", api.key())
        .register(registry);
  }

  private long sum(Count count) {
    return loops.stream().mapToLong(loop -> loop.get(count)).sum();
  }

  /** The worst delay of any event loop lately, in seconds. */
  public double loopLag() {
    return lags.stream().mapToLong(LoopLag::worst).max().orElse(0) * NANOS;
  }

  /** The worst delay of any event loop since the last call. */
  public Duration takeLoopLag() {
    return Duration.ofNanos(lags.stream().mapToLong(LoopLag::takeWorst).max().orElse(0));
  }

  /** Adds a gauge, read at each scrape. */
  public void gauge(String name, String unit, DoubleSupplier value, String... labelAndValue) {
    Gauge.Builder<?> gauge =
        Gauge.builder(name, value, DoubleSupplier::getAsDouble)
            .strongReference(true)
            .tags(labelAndValue);
    (unit.isEmpty() ? gauge : gauge.baseUnit(unit)).register(registry);
  }

  /** Adds a counter that something else counts, read at each scrape. */
  public void counter(String name, DoubleSupplier value, String... labelAndValue) {
    // The registry keeps its object weakly, and nobody else may keep the supplier.
    FunctionCounter.builder(name, this, telemetry -> value.getAsDouble())
        .tags(labelAndValue)
        .register(registry);
  }

  /** The value of a counter that {@code counter} added; else 0. */
  public double counted(String name) {
    return registry.find(name).functionCounters().stream()
        .mapToDouble(FunctionCounter::count)
        .sum();
  }

  /**
   * Adds gauges that differ in one label, and come and go with the configuration.
   *
   * @param values by the label's value, read at each scrape
   */
  public void gauges(
      String name, String label, Supplier<Map<String, Double>> values, String... others) {
    MultiGauge gauge = MultiGauge.builder(name).tags(others).register(registry);
    beforeScrape.add(() ->
        gauge.register(
            values.get().entrySet().stream()
                .limit(Labels.MOST_COMBINATIONS)
                .<MultiGauge.Row<?>>map(
                    entry -> MultiGauge.Row.of(Tags.of(label, entry.getKey()), entry.getValue()))
                .toList(),
            true));
  }

  /** Begins to measure the lag of event loops. */
  public void follow(Iterable<EventExecutor> eventLoops) {
    for (EventExecutor loop : eventLoops) {
      LoopLag lag = new LoopLag(loop);
      lags.add(lag);
      loop.execute(lag::start);
    }
  }

  /** The counters of the event loop that calls. */
  public LoopCounters ofThisLoop() {
    return ofThisLoop.get();
  }

  public SessionMetrics sessions() {
    return sessions;
  }

  public VoiceMetrics voice() {
    return voice;
  }

  public InferenceMetrics inference() {
    return inference;
  }

  public UpstreamMetrics upstreams() {
    return upstreams;
  }

  public GuardMetrics guards() {
    return guards;
  }

  public UsageMetrics usage() {
    return usage;
  }

  public DecisionMetrics decisions() {
    return decisions;
  }

  /**
   * Writes all metrics in Prometheus' text format. Not for event loops: it takes milliseconds. Not
   * for virtual threads: there it takes ten times as many.
   */
  public void write(OutputStream out) throws IOException {
    beforeScrape();
    registry.scrape(out, CONTENT_TYPE);
  }

  /** The JVM's own metrics are read from the first scrape on: nobody pays for them before. */
  private synchronized void beforeScrape() {
    if (ofJvm.isEmpty()) {
      ofJvm =
          List.of(
              new JvmMemoryMetrics(),
              new JvmGcMetrics(),
              new JvmThreadMetrics(),
              new ProcessorMetrics(),
              new UptimeMetrics());
      ofJvm.forEach(metrics -> metrics.bindTo(registry));
    }
    beforeScrape.forEach(Runnable::run);
  }

  /** All meters, for another format than Prometheus'. Not for event loops. */
  public List<Meter> meters() {
    beforeScrape();
    return registry.getMeters();
  }

  /** As {@link #write}, as text. */
  public String text() {
    beforeScrape();
    return registry.scrape(CONTENT_TYPE);
  }

  /** Stops listening to the JVM. */
  @Override
  public synchronized void close() {
    for (MeterBinder metrics : ofJvm) {
      if (metrics instanceof JvmGcMetrics listener) {
        listener.close();
      }
    }
    registry.close();
  }
}
