package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.MeterRegistry;

/** Counts tokens and cost. Safe from any thread. */
public final class UsageMetrics {
  private final LabeledCounter tokens;
  private final LabeledCounter cost;

  /** By the names of OpenTelemetry's GenAI conventions; cached tokens are in the input as well. */
  private final LabeledCounter input;

  private final LabeledCounter cached;
  private final LabeledCounter output;

  UsageMetrics(MeterRegistry registry) {
    this.tokens = new LabeledCounter(registry, "donna.tokens", "model", "direction", "modality");
    this.cost = new LabeledCounter(registry, "donna.cost", "model", "kind").in("usd");
    this.input = inference(registry, "input_tokens");
    this.cached = inference(registry, "cache_read.input_tokens");
    this.output = inference(registry, "output_tokens");
  }

  private static LabeledCounter inference(MeterRegistry registry, String name) {
    return new LabeledCounter(
        registry,
        "gen_ai.client.inference.usage." + name,
        ModelSource.OPERATION_LABEL,
        ModelSource.PROVIDER_LABEL,
        ModelSource.MODEL_LABEL,
        "gen_ai.token.modality");
  }

  /**
   * Counts the tokens of a response, as the upstream stated them.
   *
   * @param input cached ones included
   */
  public void inference(ModelSource of, String modality, long input, long cached, long output) {
    count(this.input, of, modality, input);
    count(this.cached, of, modality, cached);
    count(this.output, of, modality, output);
  }

  private static void count(LabeledCounter counter, ModelSource of, String modality, long count) {
    if (count > 0) {
      counter
          .of(ModelSource.OPERATION, of.provider(), of.model(), modality)
          .increment((double) count);
    }
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
