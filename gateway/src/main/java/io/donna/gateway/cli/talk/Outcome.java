package io.donna.gateway.cli.talk;

/** How a turn ended. */
public sealed interface Outcome {
  /** With a completed, non-empty response. */
  record Answered() implements Outcome {}

  /**
   * The answer is missing or incomplete; the conversation may continue.
   *
   * @param sentence what went wrong, and what to try
   */
  record Failed(String sentence) implements Outcome {}
}
