package io.donna.gateway.telemetry;

import java.util.Optional;

/**
 * The trace of one session's upstream. It is told when things begin and end, and what they took;
 * never what was said. Confined to the session's event loop.
 */
public interface UpstreamTrace {
  /**
   * The upstream has begun its session.
   *
   * @param id the upstream's ID of it
   * @param model that it says it uses
   */
  void began(Optional<String> id, Optional<String> model);

  /** The user begins to speak. */
  void speechStarted();

  /** The user has spoken. */
  void speechStopped();

  /**
   * The first sign of a generation.
   *
   * @param responseId the upstream's ID of it
   * @param outputType {@code speech} or {@code text}, if that was asked for
   */
  GenerationTrace generation(Optional<String> responseId, Optional<String> outputType);

  /** The upstream is gone. Generations have been ended before. */
  void ended();
}
