package io.donna.gateway.policy;

import java.util.Set;

/**
 * Why a message or a session is refused.
 *
 * @param code for the client's {@code error} event
 * @param message for the client: what was wrong, and what would be right
 */
public record PolicyRefusal(String code, String message) {
  static final String INVALID_VALUE = "invalid_value";
  static final String UNKNOWN_PARAMETER = "unknown_parameter";

  private static final Set<String> OF_ANYBODY = Set.of(INVALID_VALUE, UNKNOWN_PARAMETER);

  /** Whether a client with other permissions could have been allowed it. */
  public boolean isForbidding() {
    return !OF_ANYBODY.contains(code);
  }
}
