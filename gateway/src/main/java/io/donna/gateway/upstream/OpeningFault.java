package io.donna.gateway.upstream;

import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whose fault it is that an upstream did not take a session. */
public enum OpeningFault {
  /** The server's: another may do better. */
  SERVER,
  /** The key is not accepted: another may be. */
  KEY_REFUSED,
  /** The key has used up its quota or rate: another has its own. */
  KEY_EXHAUSTED,
  /** There is no such model: the client's, or the server's where it is the server's own. */
  MODEL,
  /** The client's, or nobody's that another try would help. */
  CLIENT;

  private static final Set<String> REFUSED =
      Set.of("invalid_api_key", "account_deactivated", "invalid_organization");
  private static final Set<String> EXHAUSTED =
      Set.of(
          "insufficient_quota",
          "rate_limit_exceeded",
          "billing_not_active",
          "billing_hard_limit_reached");

  private static final Set<String> NO_MODEL =
      Set.of("invalid_model", "model_not_found", "DeploymentNotFound");

  static OpeningFault ofStatus(int http) {
    return switch (http) {
      case 400 -> CLIENT;
      case 401, 403 -> KEY_REFUSED;
      case 429 -> KEY_EXHAUSTED;
      default -> SERVER;
    };
  }

  /** Reads the first event of an upstream; {@link #CLIENT} too where it is no error at all. */
  static OpeningFault ofFirstEvent(byte[] payload) {
    try {
      JsonNode event = JsonMapper.shared().readTree(payload);
      if (!event.path("type").asString("").equals("error")) {
        return CLIENT;
      }
      String type = event.path("error").path("type").asString("");
      String code = event.path("error").path("code").asString("");
      if (REFUSED.contains(code)) {
        return KEY_REFUSED;
      }
      if (NO_MODEL.contains(code)) {
        return MODEL;
      }
      if (EXHAUSTED.contains(code) || EXHAUSTED.contains(type)) {
        return KEY_EXHAUSTED;
      }
      return type.equals("server_error") ? SERVER : CLIENT;
    } catch (JacksonException notAnEvent) {
      return CLIENT;
    }
  }
}
