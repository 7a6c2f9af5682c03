package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measures generations by the names of OpenTelemetry's GenAI conventions, which dashboards for any
 * client of models know. Safe from any thread.
 */
public final class InferenceMetrics {
  /** In milliseconds, as the conventions ask for. */
  private static final List<Integer> BOUNDS =
      List.of(10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 20_480, 40_960, 81_920);

  private final LabeledMeters<Timer> durations;
  private final LabeledMeters<Timer> firstChunks;

  InferenceMetrics(MeterRegistry registry) {
    this.durations =
        LabeledMeters.timers(
            registry,
            "gen_ai.client.inference.duration",
            BOUNDS,
            GenAiAttributes.OPERATION_LABEL,
            GenAiAttributes.PROVIDER_LABEL,
            GenAiAttributes.MODEL_LABEL,
            "error.type");
    this.firstChunks =
        LabeledMeters.timers(
            registry,
            "gen_ai.client.inference.time_to_first_chunk",
            BOUNDS,
            GenAiAttributes.OPERATION_LABEL,
            GenAiAttributes.PROVIDER_LABEL,
            GenAiAttributes.MODEL_LABEL);
  }

  /**
   * Records a generation that has ended.
   *
   * @param nanos since its first sign
   */
  public void ended(GenAiAttributes of, TurnStatus status, long nanos) {
    // Without an error the label has no value, which Prometheus and OTLP leave out.
    String error =
        status == TurnStatus.FAILED || status == TurnStatus.CUT_OFF ? status.label() : "";
    durations
        .of(GenAiAttributes.OPERATION, of.provider(), of.model(), error)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Records the first words or audio of a generation.
   *
   * @param nanos since the end of the user's speech, or the request
   */
  public void firstChunk(GenAiAttributes of, long nanos) {
    firstChunks
        .of(GenAiAttributes.OPERATION, of.provider(), of.model())
        .record(nanos, TimeUnit.NANOSECONDS);
  }
}
