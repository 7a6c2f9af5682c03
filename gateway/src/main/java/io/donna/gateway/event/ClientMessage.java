package io.donna.gateway.event;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A client message, parsed in full. Used for messages to the gateway, not while messages are
 * relayed.
 */
public sealed interface ClientMessage {
  /**
   * {@code {"type":"authenticate","token":...}}; the token is empty if it is no string, or an empty
   * one.
   */
  record Authenticate(Optional<String> token) implements ClientMessage {}

  /**
   * {@code {"type":"connect_realtime","api":...,"model":...}}.
   *
   * @param api the API to connect to, as the client wrote it; empty for the usual one
   * @param model the model; empty for that of the request
   */
  record ConnectRealtime(Optional<String> api, Optional<String> model) implements ClientMessage {}

  /** A message for the upstream. */
  record Event(String type) implements ClientMessage {}

  /** Not an event. {@code code} and {@code reason} say why, in the upstream's wording. */
  record Unreadable(String code, String reason) implements ClientMessage {}

  /** The largest gateway command, in bytes: room for any valid token. */
  int MAX_BYTES = 64 * 1024;

  Unreadable TOO_LARGE =
      new Unreadable("message_too_large", "Messages to the gateway take at most 64 KiB.");

  /** Reads the payload of a text message. */
  static ClientMessage read(byte[] payload) {
    if (payload.length > MAX_BYTES) {
      return TOO_LARGE;
    }
    JsonNode message = Json.SMALL.read(payload);
    if (message.isMissingNode()) {
      return new Unreadable("invalid_json", "Invalid event: failed to parse JSON value.");
    }
    if (!message.isObject()) {
      return new Unreadable("invalid_json", "Invalid event: the message must be a JSON object.");
    }
    JsonNode type = message.get("type");
    if (type == null) {
      return new Unreadable("invalid_event", "The 'type' field is missing.");
    }
    if (!type.isString()) {
      return new Unreadable("invalid_event", "The 'type' field must be a string.");
    }
    return switch (GatewayCommand.named(type.asString())) {
      case AUTHENTICATE -> new Authenticate(token(message.get("token")));
      case CONNECT_REALTIME -> connect(message);
      case NONE -> new Event(type.asString());
    };
  }

  private static ClientMessage connect(JsonNode message) {
    for (String name : List.of("api", "model")) {
      JsonNode value = message.path(name);
      if (!value.isMissingNode() && (!value.isString() || value.asString().isBlank())) {
        return new Unreadable(
            "invalid_event", "The '%s' field must be a string with a name.".formatted(name));
      }
    }
    return new ConnectRealtime(text(message.path("api")), text(message.path("model")));
  }

  private static Optional<String> text(JsonNode value) {
    return value.isString() ? Optional.of(value.asString()) : Optional.empty();
  }

  private static Optional<String> token(@Nullable JsonNode token) {
    return token != null && token.isString() && !token.asString().isEmpty()
        ? Optional.of(token.asString())
        : Optional.empty();
  }
}
