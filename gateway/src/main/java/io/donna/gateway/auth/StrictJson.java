package io.donna.gateway.auth;

import io.donna.gateway.realtime.Json;
import java.nio.ByteBuffer;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Objects in {@linkplain Json JSON} that are no deeper than anything that a token brings. */
final class StrictJson {
  private static final Json JSON = Json.upToDepth(32);

  private StrictJson() {}

  /** The object that {@code bytes} are, if they are one. */
  static Optional<ObjectNode> object(byte[] bytes) {
    return JSON.read(bytes) instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
  }

  static Optional<ObjectNode> object(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return object(copy);
  }
}
