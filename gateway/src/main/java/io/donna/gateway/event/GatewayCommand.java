package io.donna.gateway.event;

/** The messages that clients address to the gateway itself. They never reach an upstream. */
public enum GatewayCommand {
  NONE(""),
  AUTHENTICATE("authenticate"),
  CONNECT_REALTIME("connect_realtime");

  private final String type;

  GatewayCommand(String type) {
    this.type = type;
  }

  static GatewayCommand named(String type) {
    if (type.equals(AUTHENTICATE.type)) {
      return AUTHENTICATE;
    }
    return type.equals(CONNECT_REALTIME.type) ? CONNECT_REALTIME : NONE;
  }

  public static GatewayCommand named(EventType type) {
    return switch (type) {
      case AUTHENTICATE -> AUTHENTICATE;
      case CONNECT_REALTIME -> CONNECT_REALTIME;
      default -> NONE;
    };
  }
}
