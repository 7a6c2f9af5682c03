package io.donna.gateway.telemetry;

/**
 * The model that generates, as metrics by OpenTelemetry's GenAI conventions name it.
 *
 * @param provider {@code gen_ai.provider.name}
 * @param model a name of the price list, or {@code other}
 */
public record GenAiAttributes(String provider, String model) {
  /** Before an upstream is open. */
  public static final GenAiAttributes UNKNOWN = new GenAiAttributes(Labels.OTHER, Labels.OTHER);

  static final String OPERATION = "realtime_inference";
  static final String OPERATION_LABEL = "gen_ai.operation.name";
  static final String PROVIDER_LABEL = "gen_ai.provider.name";
  static final String MODEL_LABEL = "gen_ai.request.model";
}
