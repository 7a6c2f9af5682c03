package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.MeterRegistry;

/** Counts tokens and cost. Safe from any thread. */
public final class UsageMetrics {
  private final LabeledCounter tokens;
  private final LabeledCounter cost;

  UsageMetrics(MeterRegistry registry) {
    this.tokens = new LabeledCounter(registry, "donna.tokens", "model", "direction", "modality");
    this.cost = new LabeledCounter(registry, "donna.cost", "model", "kind").in("usd");
  }

  /**
   * Counts tokens.
   *
   * @param model a name of the price list, or {@code other}
   * @param direction {@code input}, {@code cached} for input from the upstream's cache, which is
   *     not in {@code input}, or {@code output}
   * @param modality {@code text}, {@code audio} or {@code image}
   */
  public void tokens(String model, String direction, String modality, long count) {
    if (count > 0) {
      tokens.of(model, direction, modality).increment((double) count);
    }
  }

  /**
   * Adds up cost.
   *
   * @param kind {@code response} or {@code transcription}
   */
  public void cost(String model, String kind, double usd) {
    cost.of(model, kind).increment(usd);
  }
}
