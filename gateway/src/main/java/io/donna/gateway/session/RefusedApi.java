package io.donna.gateway.session;

import io.donna.gateway.config.Api;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Replies;
import io.donna.gateway.protocol.Protocol;
import io.donna.gateway.websocket.CloseReason;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Why a session of an API is not opened.
 *
 * @param code for the client's {@code error} event
 * @param message for the client: what was wrong, and what would be right
 */
public record RefusedApi(String code, String message) {
  private static final String TYPE = "invalid_request_error";

  /** No API has this name. */
  static RefusedApi unknown(String name) {
    return new RefusedApi(
        "unknown_api",
        "Unknown API '%s': it must be one of %s."
            .formatted(
                name, Arrays.stream(Api.values()).map(Api::key).collect(Collectors.joining(", "))));
  }

  /** The gateway does not serve this API. */
  public static RefusedApi notServed(Api api) {
    return new RefusedApi(
        "api_not_served",
        "This gateway does not serve the %s API: its setting APIS does not list it."
            .formatted(api.key()));
  }

  /** The client secret is for sessions of this API. */
  static RefusedApi notOfSecret(Api api) {
    return new RefusedApi(
        "session_type_mismatch",
        "The client secret is for a session of type '%s'.".formatted(api.key()));
  }

  /** The model is named in an event. */
  public static RefusedApi modelInRequest(Protocol protocol) {
    return new RefusedApi(
        "invalid_model",
        "A %s session is opened without a model: name it in '%s'."
            .formatted(
                protocol.api().key(), protocol.modelEvent().map(EventType::wireName).orElse("")));
  }

  /** The error of the gateway's own protocol. */
  String error() {
    return Replies.gatewayError(code, message);
  }

  /** The last words where the upstream's own protocol is spoken. */
  Farewell farewell() {
    return new Farewell(
        Replies.error(TYPE, Optional.of(code), message), new CloseReason(4000, TYPE + "." + code));
  }
}
