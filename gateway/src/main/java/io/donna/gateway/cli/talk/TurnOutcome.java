package io.donna.gateway.cli.talk;

/** How a turn ended. */
public sealed interface TurnOutcome {
  /** With a completed, non-empty response. */
  record Answered() implements TurnOutcome {}

  /**
   * The answer is missing or incomplete; the conversation may continue.
   *
   * @param sentence what went wrong, and what to try
   */
  record Failed(String sentence) implements TurnOutcome {}
}
