package io.donna.gateway.config.policy;

import io.donna.gateway.config.Api;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * The permissions of the clients of one tier.
 *
 * @param apis the APIs whose sessions its clients may open; empty for all that the gateway serves
 * @param open whether unknown events, fields and item types pass
 * @param models the models of sessions
 * @param transcriptionModels the models for input transcription; empty for any
 * @param events the event types that a client may send; empty for those of the protocol
 * @param tools the names of functions that the model may be given; empty for any
 * @param toolDefinitions the functions that the policy defines, by name; they replace the client's
 *     definitions
 * @param mcpTools whether the client may have the upstream call MCP servers
 * @param imageUrls whether the client may have the upstream fetch images; inline images are always
 *     allowed
 * @param hostedTools what GPT-Live's backend may be given beside functions
 * @param delegationModels the models of GPT-Live's backends; empty for those of {@code models}
 * @param store whether the upstream may keep a GPT-Live session
 * @param prompts whether the client may name prompts stored at the upstream, whatever they contain
 * @param hideInstructions whether the session's instructions are hidden from the client
 */
public record Tier(
    String name,
    boolean open,
    Optional<Set<Api>> apis,
    ModelRules models,
    Optional<Set<String>> transcriptionModels,
    Optional<Set<String>> events,
    SessionRules session,
    Optional<Set<String>> tools,
    Map<String, ObjectNode> toolDefinitions,
    boolean mcpTools,
    boolean imageUrls,
    Set<HostedTool> hostedTools,
    Optional<Set<String>> delegationModels,
    boolean store,
    boolean prompts,
    boolean hideInstructions,
    Map<LimitKind, Long> limits,
    List<Budget> budgets,
    GuardRules guards) {
  /** The tier of all clients if there is no policy: it restricts nothing. */
  public static final Tier UNHELD =
      new Tier(
          "none",
          true,
          Optional.empty(),
          ModelRules.ANY,
          Optional.empty(),
          Optional.empty(),
          SessionRules.NONE,
          Optional.empty(),
          Map.of(),
          true,
          true,
          Set.of(),
          Optional.empty(),
          false,
          true,
          false,
          Map.of(),
          List.of(),
          GuardRules.NONE);

  /** Whether its clients may open sessions of this API. */
  public boolean allows(Api api) {
    return apis.map(listed -> listed.contains(api)).orElse(true);
  }

  /** Whether {@code model} may answer what a GPT-Live session delegates. */
  public boolean delegatesTo(String model) {
    return delegationModels
        .map(listed -> listed.contains(model))
        .orElseGet(() -> models.allow(model));
  }

  /** Whether only the operator's instructions are allowed. */
  public boolean fixesInstructions() {
    return session.locks(SessionField.INSTRUCTIONS.path());
  }

  /** Whether the tier restricts anything. */
  public boolean holds() {
    return !equals(UNHELD);
  }

  /** Whether a turn is answered only after a check of limits, budgets or guards. */
  public boolean gatesTurns() {
    return limits.containsKey(LimitKind.RESPONSES_PER_MINUTE)
        || !budgets.isEmpty()
        || guards.gate(GuardRule.Subject.USER);
  }

  /** Whether the user's speech must be transcribed for a guard. */
  public boolean needsTranscripts() {
    return guards.judge(GuardRule.Subject.USER);
  }
}
