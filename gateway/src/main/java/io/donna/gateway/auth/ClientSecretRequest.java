package io.donna.gateway.auth;

import io.donna.gateway.config.Api;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A request for a client secret: the body of {@code POST /v1/realtime/client_secrets}. */
public sealed interface ClientSecretRequest {
  /**
   * A valid request.
   *
   * @param api the API whose session it is, as its {@code type} names it
   * @param session the session configuration, including {@code type} and, if present, {@code model}
   */
  record Asked(Api api, Duration timeToLive, ObjectNode session) implements ClientSecretRequest {}

  /** An invalid request; {@code why} is for the client, {@code parameter} names the field. */
  record Malformed(String why, Optional<String> parameter) implements ClientSecretRequest {}

  /**
   * The session is part of the secret, which is sent in a header; many servers limit headers to 16
   * KiB in total.
   */
  int MAX_SESSION_BYTES = 8 * 1024;

  int USUAL_SECONDS = 600;
  int LEAST_SECONDS = 10;
  int MOST_SECONDS = 7_200;

  /** Reads a body; an empty body requests the defaults. */
  static ClientSecretRequest read(ByteBuffer body) {
    Optional<ObjectNode> json =
        body.hasRemaining()
            ? StrictJson.object(body)
            : Optional.of(JsonNodeFactory.instance.objectNode());
    if (json.isEmpty()) {
      return new Malformed("The body must be a JSON object in UTF-8.", Optional.empty());
    }
    JsonNode expiry = json.get().path("expires_after");
    JsonNode seconds = expiry.path("seconds");
    boolean expiryInOrder =
        (expiry.isMissingNode() || expiry.isNull() || expiry.isObject())
            && expiry.path("anchor").asString("created_at").equals("created_at")
            && (seconds.isMissingNode()
                || (seconds.isIntegralNumber()
                    && seconds.canConvertToInt()
                    && seconds.asInt() >= LEAST_SECONDS
                    && seconds.asInt() <= MOST_SECONDS));
    if (!expiryInOrder) {
      return new Malformed(
          "expires_after must have the anchor created_at and whole seconds from 10 to 7200.",
          Optional.of("expires_after"));
    }
    JsonNode session = json.get().path("session");
    if (!(session.isMissingNode() || session.isNull() || session.isObject())) {
      return new Malformed("session must be an object.", Optional.of("session"));
    }
    return read(Duration.ofSeconds(seconds.asInt(USUAL_SECONDS)), session);
  }

  private static ClientSecretRequest read(Duration timeToLive, JsonNode asked) {
    ObjectNode session = JsonNodeFactory.instance.objectNode();
    session.put("type", "realtime");
    if (asked instanceof ObjectNode object) {
      session.setAll(object);
    }
    // Fields of responses, which a client that sends one back includes.
    session.remove("id");
    session.remove("object");
    session.remove("expires_at");
    Optional<Api> api =
        Api.named(session.path("type").asString(""))
            .filter(named -> named == Api.REALTIME || named == Api.TRANSCRIPTION);
    if (api.isEmpty()) {
      return new Malformed(
          "session.type must be realtime or transcription.", Optional.of("session.type"));
    }
    JsonNode model = session.path("model");
    if (!model.isMissingNode() && !(model.isString() && !model.asString().isBlank())) {
      return new Malformed(
          "session.model must be the name of a model.", Optional.of("session.model"));
    }
    return session.toString().length() > MAX_SESSION_BYTES
        ? new Malformed(
            "session must have at most 8 KiB: the secret contains it.", Optional.of("session"))
        : new Asked(api.get(), timeToLive, session);
  }
}
