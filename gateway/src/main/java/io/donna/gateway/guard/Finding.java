package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.config.policy.GuardRule.Subject;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The result of a guard that matched, or that could not judge.
 *
 * @param failure why the guard could not judge; empty for a match
 * @param inherent whether the words themselves, or how they were said, made the judgement fail.
 *     Such words never pass, not even with {@code on_failure: open}: or a client could evade a
 *     guard with words that nobody can judge
 */
record Finding(GuardRule rule, Subject on, Optional<String> failure, boolean inherent) {
  static Finding match(GuardRule rule, Subject on) {
    return new Finding(rule, on, Optional.empty(), true);
  }

  static Finding failure(GuardRule rule, Subject on, Judgement.Failed failed) {
    return new Finding(rule, on, Optional.of(failed.why()), failed.inherent());
  }

  /** Whether it has consequences for the words. */
  boolean counts() {
    return rule.gates() && (inherent || !rule.failsOpen());
  }

  Action action() {
    return rule.action();
  }

  /** The finding that decides: of those that count, the one with the gravest action. */
  static Optional<Finding> gravest(List<Finding> findings) {
    return findings.stream().filter(Finding::counts).max(Comparator.comparing(Finding::action));
  }

  static Finding graver(Finding one, Finding other) {
    return one.action().compareTo(other.action()) >= 0 ? one : other;
  }

  /** For the client's {@code error} event. */
  String code() {
    return failure.isEmpty() ? "guard_matched" : "guard_failed";
  }

  String message() {
    if (failure.isPresent()) {
      return "It could not be checked whether this is allowed. Try again later.";
    }
    return switch (on) {
      case USER -> "What was said is not allowed here.";
      case INSTRUCTIONS -> "These instructions are not allowed here.";
      case ASSISTANT -> "The answer was one that is not allowed here.";
      case TOOL_CALLS -> "The answer called a tool in a way that is not allowed here.";
    };
  }
}
