package io.donna.gateway.cli;

import io.donna.gateway.config.Api;
import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.HostedTool;
import io.donna.gateway.config.policy.ModelRules;
import io.donna.gateway.config.policy.Policy;
import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.Tier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Describes the effective rules of a policy for people: one paragraph per tier. */
final class PolicySummary {
  private PolicySummary() {}

  static List<String> of(Policy policy) {
    List<String> lines = new ArrayList<>();
    policy.tiers().values().stream()
        .sorted((one, other) -> one.name().compareTo(other.name()))
        .forEach(tier -> {
          lines.add(
              "  tier "
                  + tier.name()
                  + (tier.name().equals(policy.defaultTier())
                      ? " (default, for tokens that name no tier)"
                      : ""));
          lines.addAll(of(tier));
        });
    return lines;
  }

  private static List<String> of(Tier tier) {
    List<String> lines = new ArrayList<>();
    add(
        lines,
        "APIs",
        tier.apis().map(apis -> names(apis.stream().map(Api::key).toList())).orElse(""));
    add(lines, "models", models(tier.models()));
    add(lines, "transcription", tier.transcriptionModels().map(PolicySummary::list).orElse("any"));
    add(lines, "events", tier.events().map(PolicySummary::list).orElse("all of the protocol"));
    add(lines, "tools", tier.tools().map(PolicySummary::list).orElse("any function"));
    add(lines, "locked", names(tier.session().locked().keySet()));
    add(lines, "defaults", names(tier.session().defaults().keySet()));
    add(
        lines,
        "at most",
        tier.session().most().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(bound -> bound.getKey() + " " + bound.getValue().toPlainString())
            .collect(Collectors.joining(", ")));
    List<String> open = new ArrayList<>();
    if (tier.mcpTools()) {
      open.add("MCP tools");
    }
    if (tier.imageUrls()) {
      open.add("image URLs");
    }
    if (tier.prompts()) {
      open.add("stored prompts");
    }
    add(lines, "upstream calls", String.join(", ", open));
    add(lines, "hosted tools", names(tier.hostedTools().stream().map(HostedTool::key).toList()));
    add(lines, "delegation", tier.delegationModels().map(PolicySummary::list).orElse(""));
    add(lines, "stored", tier.store() ? "GPT-Live sessions, by the upstream" : "");
    add(lines, "instructions", tier.hideInstructions() ? "hidden from the client" : "");
    tier.limits().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(limit -> add(lines, "limit", limit.getValue() + " " + limit.getKey().meaning()));
    tier.budgets().forEach(budget -> add(lines, "budget", budget.toString()));
    tier.guards().rules().forEach(guard -> add(lines, "guard", guard(guard)));
    if (tier.needsTranscripts()
        && !tier.session().locks(SessionField.INSTRUCTIONS.path())
        && !tier.guards().judge(GuardRule.Subject.INSTRUCTIONS)) {
      add(lines, "not judged", "instructions, which the client may set");
    }
    add(
        lines,
        "turns",
        tier.gatesTurns() ? "answered once the gateway allows it" : "answered by the upstream");
    return lines;
  }

  private static String guard(GuardRule guard) {
    String means =
        switch (guard.means()) {
          case GuardRule.Means.Patterns(var patterns) ->
              patterns.size() == 1 ? "1 pattern" : patterns.size() + " patterns";
          case GuardRule.Means.Webhook(var url) -> url.getScheme() + "://" + url.getRawAuthority();
        };
    String then =
        switch (guard.action()) {
          case LOG -> "log";
          case ANSWER -> "answer \"" + guard.answer() + "\"";
          case CANCEL -> "cancel";
          case END -> "end the session";
        };
    String failing = guard.gates() ? (guard.failsOpen() ? ", fails open" : ", fails closed") : "";
    return "%s: %s, on %s within %d ms: %s%s%s"
        .formatted(
            guard.name(),
            means,
            guard.on().stream()
                .sorted()
                .map(GuardRule.Subject::meaning)
                .collect(Collectors.joining(", ")),
            guard.timeout().toMillis(),
            then,
            failing,
            guard.holdBack() ? ", output held back until judged" : "");
  }

  private static void add(List<String> lines, String name, String value) {
    if (!value.isEmpty()) {
      lines.add("    %-15s %s".formatted(name, value));
    }
  }

  private static String models(ModelRules rules) {
    return rules.allowed().map(PolicySummary::names).orElse("any")
        + rules.fallback().map(model -> "; " + model + " if the client names none").orElse("")
        + (rules.rewrites() ? " or one not allowed" : "");
  }

  private static String list(Collection<String> names) {
    return names.isEmpty() ? "none" : names(names);
  }

  private static String names(Collection<String> names) {
    return names.stream().sorted().collect(Collectors.joining(", "));
  }
}
