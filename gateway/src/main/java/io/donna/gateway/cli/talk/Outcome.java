package io.donna.gateway.cli.talk;

/** How a turn ended. */
public sealed interface Outcome {
  /** With a completed response that said something. */
  record Answered() implements Outcome {}

  /**
   * There was no answer, or not all of one; the conversation may go on.
   *
   * @param sentence what went wrong, and what to try
   */
  record Failed(String sentence) implements Outcome {}
}
