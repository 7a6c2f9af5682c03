package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * Counters of one name that differ in the values of their labels. The number of combinations is
 * bounded, whatever the values are. Safe from any thread.
 */
final class LabeledCounter {
  private final MeterRegistry registry;
  private final String name;
  private final String unit;
  private final List<String> labels;
  private final Map<List<String>, Counter> counters = new ConcurrentHashMap<>();

  LabeledCounter(MeterRegistry registry, String name, String... labels) {
    this(registry, name, "", List.of(labels));
  }

  private LabeledCounter(MeterRegistry registry, String name, String unit, List<String> labels) {
    this.registry = registry;
    this.name = name;
    this.unit = unit;
    this.labels = labels;
  }

  /** Counters of {@code unit}, which the name in Prometheus ends with. */
  LabeledCounter in(String unit) {
    return new LabeledCounter(registry, name, unit, labels);
  }

  /** The counter with these values of the labels, in their order. */
  Counter of(String... values) {
    List<String> key = List.of(values);
    Counter known = counters.get(key);
    if (known != null) {
      return known;
    }
    return counters.computeIfAbsent(Labels.bounded(key, counters.size()), this::register);
  }

  /** The sum over all values of the labels. */
  double total() {
    return counters.values().stream().mapToDouble(Counter::count).sum();
  }

  /** Calls {@code reader} with the values of the labels and the count of each counter. */
  void forEach(BiConsumer<List<String>, Double> reader) {
    counters.forEach((values, counter) -> reader.accept(values, counter.count()));
  }

  private Counter register(List<String> values) {
    Counter.Builder counter = Counter.builder(name).tags(Labels.tags(labels, values));
    return (unit.isEmpty() ? counter : counter.baseUnit(unit)).register(registry);
  }
}
