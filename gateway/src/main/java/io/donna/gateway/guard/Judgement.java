package io.donna.gateway.guard;

/** A guard's verdict on an utterance. */
sealed interface Judgement {
  record Passed() implements Judgement {}

  record Matched() implements Judgement {}

  /**
   * The guard could not judge.
   *
   * @param why for the log
   * @param inherent whether the words, or how they were said, are the cause rather than the guard.
   *     Such a failure must not let words pass: whoever chose them could choose words that fail
   */
  record Failed(String why, boolean inherent) implements Judgement {
    /** The operator's webhook or machine failed. */
    static Failed ofGuard(String why) {
      return new Failed(why, false);
    }

    /** The words cannot be judged. */
    static Failed ofWords(String why) {
      return new Failed(why, true);
    }
  }
}
