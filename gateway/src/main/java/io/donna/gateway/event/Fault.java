package io.donna.gateway.event;

/** Why parsers may read a message differently, or cannot read it. */
public enum Fault {
  NONE("", ""),
  NOT_JSON("invalid_json", "Invalid event: failed to parse JSON value."),
  NOT_AN_OBJECT("invalid_json", "Invalid event: the message must be a JSON object."),
  TRAILING_DATA("invalid_json", "Invalid event: something follows the JSON value."),
  TOO_DEEP("invalid_json", "Invalid event: objects and lists are nested too deep."),
  TOO_MANY_VALUES(
      "too_many_values", "Invalid event: it holds more than 20,000 values; send it in parts."),
  TOO_MUCH_STRUCTURE(
      "too_much_structure",
      "Invalid event: more than 256 kB of it are names, or stand outside of its strings; send it in"
          + " parts."),
  TOO_MANY_KEYS("invalid_event", "Invalid event: it has more keys than any event has."),
  DUPLICATE_KEY("invalid_json", "Invalid event: it has a key twice."),
  UNPLAIN_KEY(
      "invalid_event", "Invalid event: its keys take lower-case letters, digits and _, unescaped."),
  LONE_SURROGATE("invalid_json", "Invalid event: half of a surrogate pair is no character."),
  NO_TYPE("invalid_event", "Invalid event: the 'type' field must be there, and be a string.");

  private final String code;
  private final String message;

  Fault(String code, String message) {
    this.code = code;
    this.message = message;
  }

  /** For the client's {@code error} event, in the upstream's wording. */
  public String code() {
    return code;
  }

  public String message() {
    return message;
  }

  /** Whether the message is too large for the gateway to parse, whoever sent it. */
  public boolean isOfSize() {
    return this == TOO_MANY_VALUES || this == TOO_MUCH_STRUCTURE;
  }

  /**
   * Whether the message must not be parsed, because the scanner has not scanned or counted all of
   * it.
   */
  boolean leavesNoTree() {
    return switch (this) {
      case NOT_JSON, NOT_AN_OBJECT, TRAILING_DATA, TOO_DEEP, TOO_MANY_VALUES, TOO_MUCH_STRUCTURE ->
          true;
      case NONE, TOO_MANY_KEYS, DUPLICATE_KEY, UNPLAIN_KEY, LONE_SURROGATE, NO_TYPE -> false;
    };
  }
}
