package io.donna.gateway.cli.talk;

/** What the user says in one turn. */
public sealed interface Question {
  /** A typed line. */
  record Written(String text) implements Question {}

  /**
   * A recording.
   *
   * @param fast sent as fast as the connection takes it, and not as it was spoken
   */
  record Spoken(Recording recording, boolean fast) implements Question {}
}
