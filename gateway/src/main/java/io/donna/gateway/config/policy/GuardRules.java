package io.donna.gateway.config.policy;

import io.donna.gateway.config.policy.GuardRule.Subject;
import java.util.List;

/**
 * All guards of a tier.
 *
 * @param transcriptionModel transcribes the user's speech for the guards
 */
public record GuardRules(String transcriptionModel, List<GuardRule> rules) {
  static final String USUAL_MODEL = "gpt-4o-mini-transcribe";

  public static final GuardRules NONE = new GuardRules(USUAL_MODEL, List.of());

  public List<GuardRule> on(Subject subject) {
    return rules.stream().filter(rule -> rule.on().contains(subject)).toList();
  }

  /** Whether any guard judges such words. */
  public boolean judge(Subject subject) {
    return rules.stream().anyMatch(rule -> rule.on().contains(subject));
  }

  /** Whether such words must wait for a judgement. */
  public boolean gate(Subject subject) {
    return rules.stream().anyMatch(rule -> rule.on().contains(subject) && rule.gates());
  }

  public boolean holdBack() {
    return rules.stream().anyMatch(GuardRule::holdBack);
  }
}
