package io.donna.gateway.telemetry;

import java.util.Map;
import java.util.Optional;

/** The trace of one generation. Confined to the session's event loop. */
@FunctionalInterface
public interface GenerationTrace {
  /**
   * How a generation ended.
   *
   * @param finishReason by OpenTelemetry's GenAI conventions
   * @param error a short name of what failed, if anything did
   * @param model that generated, if the upstream says so
   * @param usage tokens, by the conventions' names below {@code gen_ai.usage}
   */
  record End(
      String finishReason,
      Optional<String> error,
      Optional<String> model,
      Map<String, Long> usage) {}

  /** Called once. */
  void ended(End end);
}
