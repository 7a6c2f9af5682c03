package io.donna.gateway.config.policy;

import java.math.BigDecimal;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * What becomes of a session's fields, by their paths such as {@code audio.output.voice}.
 *
 * @param locked set by the gateway, and not the client's to change
 * @param defaults set by the gateway when the session begins
 * @param most of a number, what it comes down to where the client asks for more
 */
public record SessionRules(
    Map<String, JsonNode> locked, Map<String, JsonNode> defaults, Map<String, BigDecimal> most) {
  static final SessionRules NONE = new SessionRules(Map.of(), Map.of(), Map.of());

  public boolean locks(String path) {
    return locked.containsKey(path);
  }
}
