package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Subject;
import java.util.List;

/**
 * Words to judge.
 *
 * @param parts in order. Whether a model reads a break between two of them is unknown
 * @param session the session's ID
 */
record Utterance(Subject subject, List<String> parts, String session) {
  /** The parts, a line each. */
  String text() {
    return String.join("\n", parts);
  }

  int length() {
    return parts.stream().mapToInt(String::length).sum();
  }

  /** The length only, so that no words reach a log. */
  @Override
  public String toString() {
    return subject.key() + ", " + length() + " characters";
  }
}
