package io.donna.simulator.protocol;

/** A fault of a session, while its WebSocket works. */
public enum SessionFault {
  /** A start is refused because the account has no credit. */
  NO_CREDIT("no-credit"),
  /** No usage is ever reported, not even at the end. */
  NO_USAGE("no-usage"),
  /** Usage is reported ten seconds late, with a transcript if it is its usage. */
  LATE_USAGE("late-usage"),
  /** Seconds of usage are a decimal: 15.0 instead of 15. */
  DECIMAL_USAGE("decimal-usage"),
  /** Usage is reported without the context window. */
  NO_CONTEXT_WINDOW("no-context-window"),
  /** The code of every error is null. */
  NULL_CODE("null-code"),
  /** The transcription of the user's audio fails. */
  FAILED_TRANSCRIPTION("failed-transcription"),
  /** A moderator ends the session at the first speech. */
  CONTENT("content"),
  /** The end of a session is confirmed only after five seconds. */
  LATE_CLOSED("late-closed"),
  /** A session that is asked to end does so without confirming it. */
  NO_CLOSED("no-closed"),
  /** The close frame after a session's end has no code. */
  NO_CLOSE_CODE("no-close-code");

  private final String keyword;

  SessionFault(String keyword) {
    this.keyword = keyword;
  }

  /** Its name on the command line and in model names. */
  public String keyword() {
    return keyword;
  }
}
