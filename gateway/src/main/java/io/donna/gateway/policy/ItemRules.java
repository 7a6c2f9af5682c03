package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Tier;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges the items that a client adds to a conversation or gives a response as input. Immutable.
 */
final class ItemRules {
  private static final Set<String> ITEMS =
      Set.of("message", "function_call", "function_call_output", "item_reference");
  private static final Set<String> MCP_ITEMS =
      Set.of("mcp_approval_request", "mcp_approval_response", "mcp_call", "mcp_list_tools");
  private static final Set<String> PARTS =
      Set.of(
          "input_text",
          "input_audio",
          "input_image",
          "output_text",
          "output_audio",
          "text",
          "audio");

  /** Roles whose words count as the operator's. */
  private static final Set<String> COMMANDING = Set.of("system", "developer");

  private final Tier tier;

  ItemRules(Tier tier) {
    this.tier = tier;
  }

  /** Judges all items of the event together, by its survey. */
  @Nullable PolicyRefusal judge(EventSurvey survey) {
    return survey.fetchesImages() && !tier.imageUrls()
        ? new PolicyRefusal(
            "image_url_not_allowed",
            "An 'image_url' must be a data: URL; the upstream fetches no others for you.")
        : null;
  }

  @Nullable PolicyRefusal judge(@Nullable JsonNode item, String where) {
    if (!(item instanceof ObjectNode fields)) {
      return PolicyRefusal.notAnObject(where);
    }
    String type = KnownValues.text(fields, "type");
    if (MCP_ITEMS.contains(type) && !tier.mcpTools()) {
      return Rules.mcp("An item of type '" + type + "'");
    }
    if (!ITEMS.contains(type) && !MCP_ITEMS.contains(type)) {
      return new PolicyRefusal(
          PolicyRefusal.INVALID_VALUE,
          "Invalid value: '%s.type' '%s' is no item's.".formatted(where, Rules.shown(type)));
    }
    PolicyRefusal unknown = KnownValues.judgeItem(fields, where);
    if (unknown != null) {
      return unknown;
    }
    String role = KnownValues.text(fields, "role");
    if (COMMANDING.contains(role) && tier.fixesInstructions()) {
      return new PolicyRefusal(
          "role_not_allowed",
          "An item of the role '%s' is not allowed: the instructions are fixed.".formatted(role));
    }
    return content(fields.get("content"), where + ".content");
  }

  private static @Nullable PolicyRefusal content(@Nullable JsonNode content, String where) {
    if (content == null || content.isNull()) {
      return null;
    }
    if (!(content instanceof ArrayNode parts)) {
      return new PolicyRefusal(
          PolicyRefusal.INVALID_VALUE, "Invalid value: '%s' must be a list.".formatted(where));
    }
    for (JsonNode part : parts) {
      String type = KnownValues.text(part, "type");
      if (!(part instanceof ObjectNode fields) || !PARTS.contains(type)) {
        return new PolicyRefusal(
            PolicyRefusal.INVALID_VALUE,
            "Invalid value: '%s.type' '%s' is no part's.".formatted(where, Rules.shown(type)));
      }
      PolicyRefusal unknown = KnownValues.judgePart(fields, where);
      if (unknown != null) {
        return unknown;
      }
    }
    return null;
  }
}
