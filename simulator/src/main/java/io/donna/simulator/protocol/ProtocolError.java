package io.donna.simulator.protocol;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The content of an `error` event. The session continues after it. */
public record ProtocolError(
    String type, @Nullable String code, String message, @Nullable String param) {

  public static ProtocolError invalidRequest(@Nullable String code, String message) {
    return invalidRequest(code, message, null);
  }

  public static ProtocolError invalidRequest(
      @Nullable String code, String message, @Nullable String param) {
    return new ProtocolError("invalid_request_error", code, message, param);
  }

  public static ProtocolError unknownParameter(String path) {
    return invalidRequest("unknown_parameter", "Unknown parameter: '" + path + "'.", path);
  }

  public static ProtocolError missingParameter(String path) {
    return invalidRequest(
        "missing_required_parameter", "Missing required parameter: '" + path + "'.", path);
  }

  public static ProtocolError unsupported(String path, String value, List<String> supported) {
    String message = "Invalid value: '" + value + "'. Supported values are: " + quoted(supported);
    return invalidRequest("invalid_value", message + ".", path);
  }

  public static ProtocolError invalidValue(String path, String message) {
    return invalidRequest("invalid_value", message, path);
  }

  /** The close reason for a fatal error: `<type>[.<code>]`. */
  public String closeReason() {
    return code == null ? type : type + "." + code;
  }

  /** Formats a list of values: 'a', 'b', and 'c'. */
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
