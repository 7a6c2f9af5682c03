package io.donna.gateway.cli.talk;

/** What the user says in one turn. */
public sealed interface UserTurn {
  /** A typed line. */
  record Written(String text) implements UserTurn {}

  /**
   * A recording.
   *
   * @param fast sent as fast as the connection allows, instead of in real time
   */
  record Spoken(Recording recording, boolean fast) implements UserTurn {}
}
