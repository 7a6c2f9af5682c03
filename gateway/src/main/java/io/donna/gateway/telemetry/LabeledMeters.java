package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Meters of one name that differ in the values of their labels. The number of combinations is
 * bounded, whatever the values are. Safe from any thread.
 *
 * @param <M> their kind
 */
final class LabeledMeters<M extends Meter> {
  private final List<String> labels;
  private final Function<List<Tag>, M> registration;
  private final Map<List<String>, M> meters = new ConcurrentHashMap<>();

  private LabeledMeters(List<String> labels, Function<List<Tag>, M> registration) {
    this.labels = labels;
    this.registration = registration;
  }

  static LabeledMeters<Counter> counters(MeterRegistry registry, String name, String... labels) {
    return new LabeledMeters<>(
        List.of(labels), tags -> Counter.builder(name).tags(tags).register(registry));
  }

  /** Counters of {@code unit}, which the name in Prometheus ends with. */
  static LabeledMeters<Counter> countersOf(
      String unit, MeterRegistry registry, String name, String... labels) {
    return new LabeledMeters<>(
        List.of(labels),
        tags -> Counter.builder(name).baseUnit(unit).tags(tags).register(registry));
  }

  /**
   * Histograms of durations whose buckets end at {@code boundsMs}, in milliseconds, which also
   * bound the memory of each.
   */
  static LabeledMeters<Timer> timers(
      MeterRegistry registry, String name, List<Integer> boundsMs, String... labels) {
    Duration[] bounds = boundsMs.stream().map(Duration::ofMillis).toArray(Duration[]::new);
    return new LabeledMeters<>(
        List.of(labels),
        tags -> Timer.builder(name).tags(tags).serviceLevelObjectives(bounds).register(registry));
  }

  /** The meter with these values of the labels, in their order. */
  M of(String... values) {
    List<String> key = List.of(values);
    M known = meters.get(key);
    if (known != null) {
      return known;
    }
    return meters.computeIfAbsent(
        Labels.bounded(key, meters.size()),
        bounded -> registration.apply(Labels.tags(labels, bounded)));
  }

  /** The sum of {@code figure} over all values of the labels. */
  double sum(ToDoubleFunction<M> figure) {
    return meters.values().stream().mapToDouble(figure).sum();
  }

  /**
   * Calls {@code reader} with the values of the labels and the meter of each combination so far.
   */
  void forEach(BiConsumer<List<String>, M> reader) {
    meters.forEach(reader);
  }
}
