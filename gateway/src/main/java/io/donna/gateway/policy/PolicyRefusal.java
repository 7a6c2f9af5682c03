package io.donna.gateway.policy;

import java.util.Set;

/**
 * Why a message or a session is refused.
 *
 * @param code for the client's {@code error} event
 * @param message for the client: what was wrong, and what would be right
 */
public record PolicyRefusal(String code, String message) {
  public static final String INVALID_VALUE = "invalid_value";
  static final String UNKNOWN_PARAMETER = "unknown_parameter";

  /** The client sends more than its rates allow. */
  public static final PolicyRefusal TOO_FAST =
      new PolicyRefusal("rate_limit_exceeded", "Too much at once. Send less, or more slowly.");

  public static final PolicyRefusal NO_AUDIO =
      new PolicyRefusal(INVALID_VALUE, "Invalid value: 'audio' must be a string of base64.");

  public static final PolicyRefusal NOT_TEXT =
      new PolicyRefusal(
          "invalid_event", "Expected a text WebSocket message; binary frames are not supported.");

  /** The event is no tree: a name stands in it twice. */
  public static final PolicyRefusal NO_TREE =
      new PolicyRefusal("invalid_json", "Invalid event: failed to parse JSON value.");

  public static final PolicyRefusal EVENT_NOT_ALLOWED =
      new PolicyRefusal("event_not_allowed", "Events of this type are not allowed here.");

  private static final Set<String> OF_ANYBODY = Set.of(INVALID_VALUE, UNKNOWN_PARAMETER);

  /** Whether a client with other permissions could have been allowed it. */
  public boolean isForbidding() {
    return !OF_ANYBODY.contains(code);
  }

  /** The value at {@code path} must be an object. */
  public static PolicyRefusal notAnObject(String path) {
    return new PolicyRefusal(
        INVALID_VALUE, "Invalid value: '%s' must be an object.".formatted(path));
  }

  /** There is no field at {@code path}. */
  public static PolicyRefusal unknownField(String path) {
    return new PolicyRefusal(UNKNOWN_PARAMETER, "Unknown parameter: '%s'.".formatted(path));
  }

  /** A session keeps its type: what is judged, metered and guarded depends on it. */
  public static PolicyRefusal otherType(String type) {
    return new PolicyRefusal(
        INVALID_VALUE,
        "Invalid value: 'session.type' must be '%s': this is a %s session.".formatted(type, type));
  }
}
