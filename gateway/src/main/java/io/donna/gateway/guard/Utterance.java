package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Subject;
import java.util.List;

/**
 * Words that somebody has said.
 *
 * @param parts in their order; whether a reader sees a break between two of them nobody knows
 * @param session told from all others by this
 */
record Utterance(Subject subject, List<String> parts, String session) {
  /** As it would be read aloud. */
  String text() {
    return String.join("\n", parts);
  }

  int length() {
    return parts.stream().mapToInt(String::length).sum();
  }

  /** Shows how much it is, and none of it. */
  @Override
  public String toString() {
    return subject.key() + ", " + length() + " characters";
  }
}
