package io.donna.simulator.protocol;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What an `error` event says. By itself it ends nothing: a session goes on after it. */
public record ProtocolError(
    String type, @Nullable String code, String message, @Nullable String param) {

  public static ProtocolError invalidRequest(@Nullable String code, String message) {
    return invalidRequest(code, message, null);
  }

  public static ProtocolError invalidRequest(
      @Nullable String code, String message, @Nullable String param) {
    return new ProtocolError("invalid_request_error", code, message, param);
  }

  static ProtocolError unknownParameter(String path) {
    return invalidRequest("unknown_parameter", "Unknown parameter: '" + path + "'.", path);
  }

  static ProtocolError missingParameter(String path) {
    return invalidRequest(
        "missing_required_parameter", "Missing required parameter: '" + path + "'.", path);
  }

  static ProtocolError unsupported(String path, String value, List<String> supported) {
    String message = "Invalid value: '" + value + "'. Supported values are: " + quoted(supported);
    return invalidRequest("invalid_value", message + ".", path);
  }

  static ProtocolError invalidValue(String path, String message) {
    return invalidRequest("invalid_value", message, path);
  }

  /** `<type>[.<code>]`, the reason a connection is closed with when the error is fatal. */
  public String closeReason() {
    return code == null ? type : type + "." + code;
  }

  /** 'a', 'b', and 'c' */
  private static String quoted(List<String> values) {
    List<String> quoted = values.stream().map(value -> "'" + value + "'").toList();
    int last = quoted.size() - 1;
    return switch (quoted.size()) {
      case 1 -> quoted.getFirst();
      case 2 -> quoted.getFirst() + " and " + quoted.getLast();
      default ->
          quoted.stream().limit(last).collect(Collectors.joining(", "))
              + ", and "
              + quoted.get(last);
    };
  }
}
