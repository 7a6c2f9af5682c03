package io.donna.gateway.config.policy;

import java.math.BigDecimal;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Rules for session fields, by their paths such as {@code audio.output.voice}.
 *
 * @param locked set by the gateway; the client cannot change them
 * @param defaults set by the gateway at the start of the session
 * @param most the maximum of a number; larger values are reduced to it
 */
public record SessionRules(
    Map<String, JsonNode> locked, Map<String, JsonNode> defaults, Map<String, BigDecimal> most) {
  static final SessionRules NONE = new SessionRules(Map.of(), Map.of(), Map.of());

  public boolean locks(String path) {
    return locked.containsKey(path);
  }
}
