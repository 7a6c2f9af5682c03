package io.donna.gateway.guard;

/** What a guard made of words. */
sealed interface Judgement {
  record Passed() implements Judgement {}

  record Matched() implements Judgement {}

  /**
   * It could not tell.
   *
   * @param why for the log
   * @param inherent whether that is due to the words, or to how they were said, and not to who
   *     judges: whoever chose them could choose that they pass
   */
  record Failed(String why, boolean inherent) implements Judgement {
    /** The operator's webhook or machine failed. */
    static Failed ofGuard(String why) {
      return new Failed(why, false);
    }

    /** The words are such that they cannot be judged. */
    static Failed ofWords(String why) {
      return new Failed(why, true);
    }
  }
}
