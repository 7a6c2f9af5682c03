package io.donna.gateway.protocol.live;

import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.policy.HostedTool;
import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.policy.PolicyRefusal;
import io.donna.gateway.policy.ToolRules;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges to whom a session delegates, and what that backend is given: a second model that is
 * billed, with tools that the upstream runs. Immutable.
 */
final class BackendRules {
  /** The kind of delegation of a session that states none. */
  static final String CLIENT = "client";

  static final String RESPONSES = "responses";
  static final String DECISIONS = "decisions";

  private static final String DELEGATION = "session.delegation";
  private static final String PATH = DELEGATION + ".responses";

  private static final Set<String> FIELDS =
      Set.of(
          "model",
          "instructions",
          "max_output_tokens",
          "parallel_tool_calls",
          "reasoning",
          "service_tier",
          "text",
          "tool_choice",
          "tools");

  /** Others cost more, or less, than the price list says. */
  private static final Set<String> SERVICE_TIERS = Set.of("auto", "default");

  private static final Set<String> EFFORTS =
      Set.of("none", "minimal", "low", "medium", "high", "xhigh");
  private static final Set<String> SUMMARIES = Set.of("auto", "concise", "detailed");
  private static final Set<String> VERBOSITIES = Set.of("low", "medium", "high");
  private static final Set<String> CHOICES = Set.of("none", "auto", "required");
  private static final Set<String> FUNCTION =
      Set.of("type", "name", "description", "parameters", "strict");
  private static final Set<String> TRIGGER = Set.of("type", "event_type", "decisions");
  private static final Set<String> TRANSCRIPTS =
      Set.of("session.input_transcript.delta", "session.output_transcript.delta");

  /** The fields that a tier locks for Realtime's model hold for the one that has them here. */
  private static final List<SessionField> LOCKABLE =
      List.of(
          SessionField.TOOLS,
          SessionField.TOOL_CHOICE,
          SessionField.PARALLEL_TOOL_CALLS,
          SessionField.MAX_OUTPUT_TOKENS,
          SessionField.REASONING);

  private static final int MAX_TOOLS = 128;
  private static final int MAX_DEPTH = 4;

  private final Tier tier;
  private final ModelAliases aliases;
  private final ToolRules functions;

  BackendRules(Tier tier, ModelAliases aliases) {
    this.tier = tier;
    this.aliases = aliases;
    this.functions = new ToolRules(tier);
  }

  /** The kind of delegation of a started session. */
  static String kindOf(ObjectNode session) {
    return session.path("delegation").path("type").asString(CLIENT);
  }

  /** Judges what {@code session.start} says of it. */
  @Nullable PolicyRefusal start(ObjectNode session) {
    JsonNode delegation = session.path("delegation");
    PolicyRefusal refusal =
        KnownFields.isAbsent(delegation) ? null : delegation(delegation, Optional.empty());
    return refusal != null ? refusal : triggers(session, kindOf(session));
  }

  /**
   * Judges {@code session.update}, which has no other fields.
   *
   * @param kind of the session's delegation, which does not change
   */
  @Nullable PolicyRefusal update(ObjectNode session, String kind) {
    PolicyRefusal refusal = KnownFields.known(session, "session", Set.of("delegation", "triggers"));
    if (refusal == null && session.has("delegation")) {
      refusal = delegation(session.get("delegation"), Optional.of(kind));
    }
    return refusal != null ? refusal : triggers(session, kind);
  }

  private @Nullable PolicyRefusal delegation(JsonNode node, Optional<String> started) {
    if (!(node instanceof ObjectNode delegation)) {
      return PolicyRefusal.notAnObject(DELEGATION);
    }
    String kind = delegation.path("type").asString("");
    if (started.isPresent() && !started.get().equals(kind)) {
      return new PolicyRefusal(
          "immutable_field_update",
          "'session.delegation.type' must be '%s', as it was at the start."
              .formatted(started.get()));
    }
    PolicyRefusal refusal = KnownFields.whole(delegation, DELEGATION, "acknowledgement_delay_ms");
    if (refusal != null) {
      return refusal;
    }
    Set<String> usual = Set.of("type", "acknowledgement_delay_ms");
    return switch (kind) {
      case CLIENT -> KnownFields.known(delegation, DELEGATION, usual);
      case RESPONSES, DECISIONS -> {
        Set<String> known = new HashSet<>(usual);
        known.add(kind);
        refusal = KnownFields.known(delegation, DELEGATION, known);
        if (refusal != null || (started.isPresent() && !delegation.has(kind))) {
          yield refusal;
        }
        if (!(delegation.get(kind) instanceof ObjectNode backend)) {
          yield PolicyRefusal.notAnObject(DELEGATION + "." + kind);
        }
        yield kind.equals(RESPONSES)
            ? responses(backend, started.isEmpty())
            : decisions(backend, started.isEmpty());
      }
      default ->
          KnownFields.invalid("'session.delegation.type' must be client, responses or decisions");
    };
  }

  private @Nullable PolicyRefusal decisions(ObjectNode decisions, boolean atStart) {
    PolicyRefusal refusal =
        KnownFields.known(decisions, DELEGATION + ".decisions", Set.of("model", "questions"));
    if (refusal == null) {
      refusal = model(decisions, DELEGATION + ".decisions", atStart);
    }
    return refusal != null || !decisions.has("questions")
        ? refusal
        : questions(decisions.get("questions"), DELEGATION + ".decisions.questions");
  }

  private static @Nullable PolicyRefusal questions(JsonNode node, String path) {
    if (!(node instanceof ArrayNode questions) || questions.size() > MAX_TOOLS) {
      return KnownFields.invalid("'%s' must be a list of at most %d".formatted(path, MAX_TOOLS));
    }
    for (JsonNode question : questions) {
      if (!question.isObject()) {
        return KnownFields.invalid("each of '%s' must be an object".formatted(path));
      }
    }
    return null;
  }

  /** Their questions are answered by the model of the session's decisions, so there must be one. */
  private static @Nullable PolicyRefusal triggers(ObjectNode session, String kind) {
    JsonNode node = session.path("triggers");
    if (node.isMissingNode()) {
      return null;
    }
    if (!(node instanceof ArrayNode triggers) || triggers.size() > TRANSCRIPTS.size()) {
      return KnownFields.invalid("'session.triggers' must be a list of at most two");
    }
    for (JsonNode one : triggers) {
      if (!(one instanceof ObjectNode trigger)) {
        return KnownFields.invalid("each of 'session.triggers' must be an object");
      }
      PolicyRefusal refusal = KnownFields.known(trigger, "session.triggers", TRIGGER);
      boolean isKnown =
          trigger.path("type").asString("").equals(DECISIONS)
              && TRANSCRIPTS.contains(trigger.path("event_type").asString(""));
      if (refusal == null && !isKnown) {
        refusal = KnownFields.invalid("'session.triggers' must be decisions about a transcript");
      }
      if (refusal == null && !(trigger.get(DECISIONS) instanceof ObjectNode)) {
        refusal = PolicyRefusal.notAnObject("session.triggers.decisions");
      }
      if (refusal == null && trigger.get(DECISIONS) instanceof ObjectNode decisions) {
        refusal = KnownFields.known(decisions, "session.triggers.decisions", Set.of("questions"));
        refusal =
            refusal != null
                ? refusal
                : questions(decisions.path("questions"), "session.triggers.decisions.questions");
      }
      if (refusal != null) {
        return refusal;
      }
    }
    return triggers.isEmpty() || kind.equals(DECISIONS)
        ? null
        : KnownFields.invalid("'session.triggers' requires a delegation of the type decisions");
  }

  /** Resolves the name of the model, and judges it. */
  private @Nullable PolicyRefusal model(ObjectNode backend, String path, boolean isRequired) {
    if (!isRequired && !backend.has("model")) {
      return null;
    }
    JsonNode model = backend.path("model");
    if (!KnownFields.isName(model)) {
      return KnownFields.invalid("'%s.model' must be the name of a model".formatted(path));
    }
    String resolved = aliases.resolve(model.asString());
    backend.put("model", resolved);
    return tier.delegatesTo(resolved)
        ? null
        : new PolicyRefusal(
            "model_not_allowed",
            "Work may not be delegated to the model '%s'.".formatted(KnownFields.shown(resolved)));
  }

  private @Nullable PolicyRefusal responses(ObjectNode responses, boolean atStart) {
    PolicyRefusal refusal = KnownFields.known(responses, PATH, FIELDS);
    if (refusal == null) {
      refusal = model(responses, PATH, atStart);
    }
    if (refusal == null) {
      refusal = KnownFields.text(responses, PATH, "instructions");
    }
    if (refusal == null) {
      refusal = KnownFields.whole(responses, PATH, "max_output_tokens");
    }
    if (refusal == null) {
      refusal = KnownFields.flag(responses, PATH, "parallel_tool_calls");
    }
    if (refusal == null) {
      refusal = KnownFields.oneOf(responses, PATH, "service_tier", SERVICE_TIERS);
    }
    if (refusal == null) {
      refusal = object(responses, "reasoning", Map.of("effort", EFFORTS, "summary", SUMMARIES));
    }
    if (refusal == null) {
      refusal = object(responses, "text", Map.of("verbosity", VERBOSITIES));
    }
    if (refusal == null && responses.has("tools")) {
      refusal = tools(responses.get("tools"), PATH + ".tools", new HashSet<>(), 0);
    }
    if (refusal == null) {
      refusal = choice(responses.path("tool_choice"));
    }
    if (refusal == null) {
      applyTier(responses, atStart);
    }
    return refusal;
  }

  private static @Nullable PolicyRefusal object(
      ObjectNode responses, String name, Map<String, Set<String>> fields) {
    JsonNode node = responses.path(name);
    if (KnownFields.isAbsent(node)) {
      return null;
    }
    if (!(node instanceof ObjectNode object)) {
      return PolicyRefusal.notAnObject(PATH + "." + name);
    }
    PolicyRefusal refusal = KnownFields.known(object, PATH + "." + name, fields.keySet());
    for (Map.Entry<String, Set<String>> field : fields.entrySet()) {
      refusal =
          refusal != null
              ? refusal
              : KnownFields.oneOf(object, PATH + "." + name, field.getKey(), field.getValue());
    }
    return refusal;
  }

  private void applyTier(ObjectNode responses, boolean atStart) {
    for (SessionField field : LOCKABLE) {
      JsonNode locked = tier.session().locked().get(field.path());
      if (locked != null && (atStart || responses.has(field.path()))) {
        responses.remove(field.path());
        // "inf" is Realtime's word for a limit that is not set.
        if (!locked.isNull() && !locked.asString("").equals("inf")) {
          responses.set(field.path(), locked.deepCopy());
        }
      }
    }
    if (tier.fixesInstructions()) {
      responses.remove("instructions");
    }
    BigDecimal most = tier.session().most().get(SessionField.MAX_OUTPUT_TOKENS.path());
    JsonNode tokens = responses.path("max_output_tokens");
    boolean isStated = responses.has("max_output_tokens");
    if (most != null
        && (isStated || atStart)
        && (!tokens.isNumber() || tokens.decimalValue().compareTo(most) > 0)) {
      responses.put("max_output_tokens", most.intValue());
    }
  }

  private @Nullable PolicyRefusal tools(JsonNode node, String path, Set<String> names, int depth) {
    if (node.isNull() && depth == 0) {
      return null;
    }
    if (!(node instanceof ArrayNode tools) || tools.size() > MAX_TOOLS || depth > MAX_DEPTH) {
      return KnownFields.invalid("'%s' must be a list of at most %d".formatted(path, MAX_TOOLS));
    }
    for (int i = 0; i < tools.size(); i++) {
      if (!(tools.get(i) instanceof ObjectNode tool)) {
        return KnownFields.invalid("each of '%s' must be an object".formatted(path));
      }
      PolicyRefusal refusal;
      String type = tool.path("type").asString("");
      if (type.equals("function")) {
        refusal = KnownFields.known(tool, path, FUNCTION);
        refusal = refusal != null ? refusal : functions.function(tools, i, names, PATH);
      } else {
        refusal = hosted(type, tool, path, names, depth);
      }
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable PolicyRefusal hosted(
      String type, ObjectNode tool, String path, Set<String> names, int depth) {
    if (!allows(type)) {
      return notAllowed(type);
    }
    if (tier.fixesInstructions() && !type.equals("namespace") && !isBare(tool)) {
      return new PolicyRefusal(
          "tool_not_allowed",
          "A tool of the type '%s' must have no other fields: the instructions are fixed."
              .formatted(type));
    }
    return switch (type) {
      case "shell" -> shell(tool, path);
      case "namespace" ->
          tier.fixesInstructions()
              ? notAllowed(type)
              : tools(tool.path("tools"), path + ".tools", names, depth + 1);
      // Only a namespace is known to hold tools, so nothing else may hide one.
      default -> tool.has("tools") ? PolicyRefusal.unknownField(path + ".tools") : null;
    };
  }

  /** Whether it holds nothing that the model would read. */
  private static boolean isBare(ObjectNode tool) {
    return Set.of("type", "environment").containsAll(tool.propertyNames());
  }

  /** The type of a tool that the tier names. */
  boolean allows(String type) {
    return HostedTool.named(type)
        .filter(tool -> tool != HostedTool.SHELL_NETWORK && tier.hostedTools().contains(tool))
        .isPresent();
  }

  private static PolicyRefusal notAllowed(String type) {
    return new PolicyRefusal(
        "tool_not_allowed",
        "A tool of the type '%s' is not allowed.".formatted(KnownFields.shown(type)));
  }

  /**
   * A shell runs in a container of its own without network, or at the client's. A container, files
   * or skills that the upstream keeps may be somebody else's.
   */
  private @Nullable PolicyRefusal shell(ObjectNode tool, String path) {
    PolicyRefusal refusal = KnownFields.known(tool, path, Set.of("type", "environment"));
    if (refusal != null) {
      return refusal;
    }
    if (!(tool.get("environment") instanceof ObjectNode environment)) {
      return PolicyRefusal.notAnObject(path + ".environment");
    }
    String where = path + ".environment";
    switch (environment.path("type").asString("")) {
      case "local" -> {
        return KnownFields.known(environment, where, Set.of("type"));
      }
      case "container_auto" ->
          refusal = KnownFields.known(environment, where, Set.of("type", "network_policy"));
      default -> {
        return new PolicyRefusal(
            "tool_not_allowed", "A shell's environment must be container_auto or local.");
      }
    }
    if (refusal != null) {
      return refusal;
    }
    if (!(environment.get("network_policy") instanceof ObjectNode network)) {
      return PolicyRefusal.notAnObject(where + ".network_policy");
    }
    boolean isOff = network.path("type").asString("").equals("disabled") && network.size() == 1;
    return isOff || tier.hostedTools().contains(HostedTool.SHELL_NETWORK)
        ? null
        : new PolicyRefusal(
            "tool_not_allowed",
            "A shell's network_policy must be {\"type\":\"disabled\"}: its network is not allowed.");
  }

  private @Nullable PolicyRefusal choice(JsonNode choice) {
    if (KnownFields.isAbsent(choice)
        || (choice.isString() && CHOICES.contains(choice.asString()))) {
      return null;
    }
    if (!(choice instanceof ObjectNode named)) {
      return KnownFields.invalid(
          "'%s.tool_choice' must be none, auto, required or a tool".formatted(PATH));
    }
    String type = named.path("type").asString("");
    return type.equals("function") || allows(type)
        ? KnownFields.known(named, PATH + ".tool_choice", Set.of("type", "name", "server_label"))
        : notAllowed(type);
  }
}
