package io.donna.gateway.guard;

/** What a guard made of words. */
sealed interface Judgement {
  record Passed() implements Judgement {}

  record Matched() implements Judgement {}

  /** It could not tell; {@code why} is for the log. */
  record Failed(String why) implements Judgement {}
}
