package io.donna.gateway.policy;

import io.donna.gateway.config.policy.HostedTool;
import io.donna.gateway.config.policy.SessionRules;
import io.donna.gateway.config.policy.Tier;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a GPT-Live session was judged by when it started, and is not judged by again. Immutable.
 *
 * @param tools the functions, by name
 */
record LiveTerms(
    SessionRules session,
    Optional<Set<String>> tools,
    Map<String, ObjectNode> toolDefinitions,
    Set<HostedTool> hostedTools,
    Optional<Set<String>> delegationModels,
    Optional<Set<String>> models,
    boolean store,
    boolean hidesInstructions) {
  static LiveTerms of(Tier tier) {
    return new LiveTerms(
        tier.session(),
        tier.tools(),
        tier.toolDefinitions(),
        tier.hostedTools(),
        tier.delegationModels(),
        tier.models().allowed(),
        tier.store(),
        tier.hideInstructions());
  }
}
