package io.donna.gateway.upstream;

import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The cause of an upstream's refusal or failure. */
public enum OpeningFault {
  /** The server failed; another may succeed. */
  SERVER,
  /** The key was refused; another may be accepted. */
  KEY_REFUSED,
  /** The key is refused as a whole, or only for the model; another may be accepted. */
  FORBIDDEN,
  /** The URL is wrong, or there is no such model or deployment; another server may have it. */
  NOT_FOUND,
  /** The key's quota or rate is exhausted; another key has its own. */
  KEY_EXHAUSTED,
  /** The model is unknown: the client's fault, or the server's if the model is configured. */
  MODEL,
  /** The client caused it, or another attempt would not help. */
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
      case 401 -> KEY_REFUSED;
      case 403 -> FORBIDDEN;
      case 404 -> NOT_FOUND;
      case 429 -> KEY_EXHAUSTED;
      default -> SERVER;
    };
  }

  /** The fault in an upstream's first event; {@link #CLIENT} also if it is not an error. */
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
