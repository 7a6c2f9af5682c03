package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.TreeMap;

/** Counts tokens and cost. Safe from any thread. */
public final class UsageMetrics {
  private final LabeledMeters<Counter> tokens;
  private final LabeledMeters<Counter> cost;

  /** By the names of OpenTelemetry's GenAI conventions; cached tokens are in the input as well. */
  private final LabeledMeters<Counter> input;

  private final LabeledMeters<Counter> cached;
  private final LabeledMeters<Counter> output;

  UsageMetrics(MeterRegistry registry) {
    this.tokens =
        LabeledMeters.counters(registry, "donna.tokens", "model", "direction", "modality");
    this.cost = LabeledMeters.countersOf("usd", registry, "donna.cost", "model", "kind");
    this.input = inference(registry, "input_tokens");
    this.cached = inference(registry, "cache_read.input_tokens");
    this.output = inference(registry, "output_tokens");
  }

  private static LabeledMeters<Counter> inference(MeterRegistry registry, String name) {
    return LabeledMeters.counters(
        registry,
        "gen_ai.client.inference.usage." + name,
        GenAiAttributes.OPERATION_LABEL,
        GenAiAttributes.PROVIDER_LABEL,
        GenAiAttributes.MODEL_LABEL,
        "gen_ai.token.modality");
  }

  /**
   * Counts the tokens of a response, as the upstream stated them.
   *
   * @param input cached ones included
   */
  public void inference(GenAiAttributes of, String modality, long input, long cached, long output) {
    count(this.input, of, modality, input);
    count(this.cached, of, modality, cached);
    count(this.output, of, modality, output);
  }

  private static void count(
      LabeledMeters<Counter> counter, GenAiAttributes of, String modality, long count) {
    if (count > 0) {
      counter
          .of(GenAiAttributes.OPERATION, of.provider(), of.model(), modality)
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

  /** The cost of everything so far, in US dollars. */
  public double cost() {
    return cost.sum(Counter::count);
  }

  /**
   * The usage of a model since the gateway started.
   *
   * @param usd in US dollars
   */
  public record OfModel(long inputTokens, long cachedTokens, long outputTokens, double usd) {
    private static final OfModel NOTHING = new OfModel(0, 0, 0, 0);

    private OfModel plus(OfModel more) {
      return new OfModel(
          inputTokens + more.inputTokens,
          cachedTokens + more.cachedTokens,
          outputTokens + more.outputTokens,
          usd + more.usd);
    }
  }

  /** Usage by the model's name, as {@link #tokens} was told. */
  public Map<String, OfModel> byModel() {
    Map<String, OfModel> models = new TreeMap<>();
    tokens.forEach((labels, counter) ->
        models.merge(
            labels.getFirst(), tokens(labels.get(1), (long) counter.count()), OfModel::plus));
    cost.forEach((labels, usd) ->
        models.merge(labels.getFirst(), new OfModel(0, 0, 0, usd.count()), OfModel::plus));
    return models;
  }

  private static OfModel tokens(String direction, long count) {
    return switch (direction) {
      case "input" -> new OfModel(count, 0, 0, 0);
      case "cached" -> new OfModel(0, count, 0, 0);
      case "output" -> new OfModel(0, 0, count, 0);
      default -> OfModel.NOTHING;
    };
  }
}
