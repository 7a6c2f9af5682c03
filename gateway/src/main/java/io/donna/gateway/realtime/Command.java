package io.donna.gateway.realtime;

/** The messages that clients address to the gateway itself. They never reach an upstream. */
public enum Command {
  NONE(""),
  AUTHENTICATE("authenticate"),
  CONNECT_REALTIME("connect_realtime");

  private final String type;

  Command(String type) {
    this.type = type;
  }

  static Command named(Word word) {
    if (word.is(AUTHENTICATE.type)) {
      return AUTHENTICATE;
    }
    return word.is(CONNECT_REALTIME.type) ? CONNECT_REALTIME : NONE;
  }

  static Command named(String type) {
    if (type.equals(AUTHENTICATE.type)) {
      return AUTHENTICATE;
    }
    return type.equals(CONNECT_REALTIME.type) ? CONNECT_REALTIME : NONE;
  }

  public static Command named(EventType type) {
    return switch (type) {
      case AUTHENTICATE -> AUTHENTICATE;
      case CONNECT_REALTIME -> CONNECT_REALTIME;
      default -> NONE;
    };
  }
}
