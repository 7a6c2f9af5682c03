package io.donna.gateway.protocol.live;

import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.policy.PolicyRefusal;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Judges an item that a client adds to what the backend reads. Immutable. */
final class BackendItems {
  private static final String PATH = "item";

  private static final Set<String> MESSAGE = Set.of("type", "id", "status", "role", "content");
  private static final Set<String> OUTPUT = Set.of("type", "id", "status", "call_id", "output");
  private static final Set<String> ROLES = Set.of("user", "assistant", "system", "developer");
  private static final Set<String> COMMANDING = Set.of("system", "developer");

  /** The results of tools other than functions, and the type that the tier must name. */
  private static final Map<String, String> OF_TOOLS =
      Map.of(
          "custom_tool_call_output", "custom",
          "computer_call_output", "computer",
          "shell_call_output", "shell",
          "apply_patch_call_output", "apply_patch",
          "tool_search_output", "tool_search",
          "mcp_approval_response", "mcp");

  private final Tier tier;
  private final BackendRules backend;

  BackendItems(Tier tier, BackendRules backend) {
    this.tier = tier;
    this.backend = backend;
  }

  @Nullable PolicyRefusal judge(@Nullable JsonNode node) {
    if (!(node instanceof ObjectNode item)) {
      return PolicyRefusal.notAnObject(PATH);
    }
    String type = item.path("type").asString("");
    return switch (type) {
      case "message" -> message(item);
      case "function_call_output" -> {
        PolicyRefusal refusal = KnownFields.known(item, PATH, OUTPUT);
        yield refusal != null ? refusal : content(item.path("output"), PATH + ".output");
      }
      default -> {
        String tool = OF_TOOLS.get(type);
        // What is no client's to add may refer to what the upstream keeps of others.
        yield tool != null && backend.allows(tool)
            ? null
            : new PolicyRefusal(
                "item_not_allowed",
                "An item of the type '%s' is not allowed.".formatted(KnownFields.shown(type)));
      }
    };
  }

  private @Nullable PolicyRefusal message(ObjectNode item) {
    PolicyRefusal refusal = KnownFields.known(item, PATH, MESSAGE);
    String role = item.path("role").asString("");
    if (refusal == null && !ROLES.contains(role)) {
      refusal = KnownFields.invalid("'item.role' must be user, assistant, system or developer");
    }
    if (refusal == null && COMMANDING.contains(role) && tier.fixesInstructions()) {
      refusal =
          new PolicyRefusal(
              "role_not_allowed",
              "An item of the role '%s' is not allowed: the instructions are fixed."
                  .formatted(role));
    }
    return refusal != null ? refusal : content(item.path("content"), PATH + ".content");
  }

  /** A text, or a list of texts and images. */
  private @Nullable PolicyRefusal content(JsonNode content, String path) {
    if (content.isString()) {
      return null;
    }
    if (!(content instanceof ArrayNode parts)) {
      return KnownFields.invalid("'%s' must be a text or a list".formatted(path));
    }
    for (JsonNode one : parts) {
      PolicyRefusal refusal =
          one instanceof ObjectNode part ? part(part, path) : PolicyRefusal.notAnObject(path);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable PolicyRefusal part(ObjectNode part, String path) {
    return switch (part.path("type").asString("")) {
      case "input_text", "output_text", "text" -> {
        PolicyRefusal refusal = KnownFields.known(part, path, Set.of("type", "text"));
        yield refusal != null || part.path("text").isString()
            ? refusal
            : KnownFields.invalid("'%s.text' must be a string".formatted(path));
      }
      case "input_image" -> {
        // A file_id names a file of the operator's account, whoever put it there.
        PolicyRefusal refusal =
            KnownFields.known(part, path, Set.of("type", "image_url", "detail"));
        String url = part.path("image_url").asString("");
        yield refusal != null || tier.imageUrls() || url.startsWith("data:")
            ? refusal
            : new PolicyRefusal(
                "image_url_not_allowed",
                "An 'image_url' must be a data: URL; the upstream fetches no others for you.");
      }
      default -> KnownFields.invalid("'%s.type' must be a text or an image".formatted(path));
    };
  }
}
