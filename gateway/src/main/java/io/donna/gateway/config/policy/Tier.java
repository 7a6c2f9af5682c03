package io.donna.gateway.config.policy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the clients of one tier may do.
 *
 * @param open whether what a policy does not know may pass: events, fields, kinds of items
 * @param models of sessions
 * @param transcriptionModels of the user's speech; empty where any may be
 * @param events that a client may send, by their names; empty where it may send those of the
 *     protocol
 * @param tools functions that the model may be given, by name; empty where any may be
 * @param toolDefinitions of those functions, the ones that the policy defines, by name: the model
 *     is given these, whatever the client says of them
 * @param mcpTools whether the upstream may be told to call servers for tools
 * @param imageUrls whether the upstream may be told to fetch images; images in the message itself
 *     always may be
 * @param prompts whether prompts stored at the upstream may be named, whatever they hold
 * @param hideInstructions whether the client is not shown its session's instructions
 */
public record Tier(
    String name,
    boolean open,
    ModelRules models,
    Optional<Set<String>> transcriptionModels,
    Optional<Set<String>> events,
    SessionRules session,
    Optional<Set<String>> tools,
    Map<String, ObjectNode> toolDefinitions,
    boolean mcpTools,
    boolean imageUrls,
    boolean prompts,
    boolean hideInstructions,
    Map<Limit, Long> limits,
    List<Budget> budgets,
    GuardRules guards) {
  /** Of everybody where there is no policy: it takes nothing from anybody. */
  public static final Tier UNHELD =
      new Tier(
          "none",
          true,
          ModelRules.ANY,
          Optional.empty(),
          Optional.empty(),
          SessionRules.NONE,
          Optional.empty(),
          Map.of(),
          true,
          true,
          true,
          false,
          Map.of(),
          List.of(),
          GuardRules.NONE);

  /** Whether nothing but the operator's words may stand where instructions do. */
  public boolean fixesInstructions() {
    return session.locks(SessionField.INSTRUCTIONS.path());
  }

  /** Whether there is anything to hold a client to. */
  public boolean holds() {
    return !equals(UNHELD);
  }

  /** Whether a turn must not be answered before it has been asked whether it may be. */
  public boolean gatesTurns() {
    return limits.containsKey(Limit.RESPONSES_PER_MINUTE)
        || !budgets.isEmpty()
        || guards.gate(GuardRule.Subject.USER);
  }

  /** Whether the user's speech must be written down, as somebody judges it. */
  public boolean needsTranscripts() {
    return guards.judge(GuardRule.Subject.USER);
  }
}
