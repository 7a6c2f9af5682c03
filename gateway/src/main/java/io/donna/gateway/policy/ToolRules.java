package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Tier;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges the tools that a client gives the model, and their texts: a model reads a tool's
 * description as it reads its instructions. A tool that the policy defines is replaced by that
 * definition. If the instructions are locked, any other tool loses everything that could hold a
 * sentence. Immutable.
 */
public final class ToolRules {
  private static final Set<String> CHOICES = Set.of("none", "auto", "required");
  private static final Set<String> FUNCTION_CHOICE = Set.of("type", "name");
  private static final Set<String> MCP_CHOICE = Set.of("type", "name", "server_label");

  /** Tool names that the API accepts. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private final Tier tier;

  public ToolRules(Tier tier) {
    this.tier = tier;
  }

  @Nullable PolicyRefusal judge(ObjectNode settings, String where, EditableEvent editable) {
    JsonNode tools = settings.get("tools");
    if (tools == null || tools.isNull()) {
      return choice(settings.get("tool_choice"), where + ".tool_choice");
    }
    if (!(tools instanceof ArrayNode list)) {
      return new PolicyRefusal(
          PolicyRefusal.INVALID_VALUE,
          "Invalid value: '%s.tools' must be a list.".formatted(where));
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < list.size(); i++) {
      PolicyRefusal refusal = tool(list, i, names, where, editable);
      if (refusal != null) {
        return refusal;
      }
    }
    return choice(settings.get("tool_choice"), where + ".tool_choice");
  }

  private @Nullable PolicyRefusal tool(
      ArrayNode list, int index, Set<String> names, String where, EditableEvent editable) {
    JsonNode tool = list.get(index);
    return switch (KnownValues.text(tool, "type")) {
      case "function" -> {
        PolicyRefusal refusal = function(list, index, names, where);
        if (!list.get(index).equals(tool)) {
          editable.change();
        }
        yield refusal;
      }
      case "mcp" -> tier.mcpTools() ? null : Rules.mcp("An 'mcp' tool in '" + where + ".tools'");
      default ->
          new PolicyRefusal(
              "tool_not_allowed",
              "Every tool in '%s.tools' must have the type 'function'.".formatted(where));
    };
  }

  /**
   * Judges the function at {@code index}, and replaces it by what the upstream is sent for it.
   *
   * @param names of the functions before it, to which its own is added
   */
  public @Nullable PolicyRefusal function(
      ArrayNode list, int index, Set<String> names, String where) {
    JsonNode tool = list.get(index);
    String name = KnownValues.text(tool, "name");
    if (!allows(name)) {
      return notAllowed(name);
    }
    // Otherwise a short list of names could expand to a long one of definitions.
    if (!names.add(name)) {
      return new PolicyRefusal(
          PolicyRefusal.INVALID_VALUE,
          "Invalid value: '%s.tools' has '%s' twice.".formatted(where, Rules.shown(name)));
    }
    JsonNode given = given(tool, name);
    if (!given.equals(tool)) {
      list.set(index, given);
    }
    return null;
  }

  private boolean allows(String name) {
    if (tier.tools().isPresent()) {
      return tier.tools().get().contains(name);
    }
    return tier.fixesInstructions() ? NAME.matcher(name).matches() : !name.isEmpty();
  }

  private static PolicyRefusal notAllowed(String name) {
    return new PolicyRefusal(
        "tool_not_allowed", "The tool '%s' is not allowed.".formatted(Rules.shown(name)));
  }

  /** The tool that is sent upstream for a client's tool of this name. */
  private JsonNode given(JsonNode tool, String name) {
    ObjectNode defined = tier.toolDefinitions().get(name);
    if (defined != null) {
      return defined.deepCopy();
    }
    return tier.fixesInstructions() ? withoutText(tool, name) : tool;
  }

  private static ObjectNode withoutText(JsonNode tool, String name) {
    ObjectNode bare = JsonNodeFactory.instance.objectNode();
    bare.put("type", "function").put("name", name);
    if (tool.get("parameters") instanceof ObjectNode schema) {
      bare.set("parameters", BareSchema.of(schema));
    }
    return bare;
  }

  private @Nullable PolicyRefusal choice(@Nullable JsonNode choice, String where) {
    if (choice == null || choice.isNull()) {
      return null;
    }
    if (choice.isString() && CHOICES.contains(choice.asString())) {
      return null;
    }
    if (!(choice instanceof ObjectNode named)) {
      return new PolicyRefusal(
          PolicyRefusal.INVALID_VALUE,
          "Invalid value: '%s' must be none, auto, required or a tool.".formatted(where));
    }
    return switch (KnownValues.text(named, "type")) {
      case "function" -> {
        PolicyRefusal unknown = Rules.unknownField(named, FUNCTION_CHOICE, where);
        String name = KnownValues.text(named, "name");
        yield unknown != null || allows(name) ? unknown : notAllowed(name);
      }
      case "mcp" ->
          tier.mcpTools()
              ? Rules.unknownField(named, MCP_CHOICE, where)
              : Rules.mcp("'" + where + "' of an 'mcp' tool");
      default ->
          new PolicyRefusal(
              PolicyRefusal.INVALID_VALUE,
              "Invalid value: '%s.type' must be 'function'.".formatted(where));
    };
  }
}
