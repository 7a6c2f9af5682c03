package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** As {@link LabeledCounter}, for histograms of durations. Safe from any thread. */
final class LabeledTimer {
  private final MeterRegistry registry;
  private final String name;
  private final Duration[] bounds;
  private final List<String> labels;
  private final Map<List<String>, Timer> timers = new ConcurrentHashMap<>();

  /**
   * Timers whose buckets end at {@code boundsMs}, in milliseconds, which also bound the memory of
   * each.
   */
  LabeledTimer(MeterRegistry registry, String name, List<Integer> boundsMs, String... labels) {
    this.registry = registry;
    this.name = name;
    this.bounds = boundsMs.stream().map(Duration::ofMillis).toArray(Duration[]::new);
    this.labels = List.of(labels);
  }

  /** The timer with these values of the labels, in their order. */
  Timer of(String... values) {
    List<String> key = List.of(values);
    Timer known = timers.get(key);
    if (known != null) {
      return known;
    }
    return timers.computeIfAbsent(Labels.bounded(key, timers.size()), this::register);
  }

  /** The timers that have recorded something. */
  Stream<Timer> all() {
    return timers.values().stream();
  }

  private Timer register(List<String> values) {
    return Timer.builder(name)
        .tags(Labels.tags(labels, values))
        .serviceLevelObjectives(bounds)
        .register(registry);
  }
}
