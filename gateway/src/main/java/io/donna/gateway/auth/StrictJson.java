package io.donna.gateway.auth;

import io.donna.gateway.realtime.Json;
import java.nio.ByteBuffer;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Objects in {@linkplain Json JSON} that are no deeper than anything that a token brings. */
final class StrictJson {
  private static final int DEPTH = 32;
  private static final Json OF_TOKENS = Json.upToDepth(DEPTH);
  private static final Json OF_DOCUMENTS = Json.ofDocuments(DEPTH);

  private StrictJson() {}

  /** The object that {@code bytes} are, if they are one. */
  static Optional<ObjectNode> object(byte[] bytes) {
    return object(OF_TOKENS, bytes);
  }

  /** As {@link #object(byte[])}, of a file or a download, which may hold more. */
  static Optional<ObjectNode> document(byte[] bytes) {
    return object(OF_DOCUMENTS, bytes);
  }

  private static Optional<ObjectNode> object(Json json, byte[] bytes) {
    return json.read(bytes) instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
  }

  static Optional<ObjectNode> object(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return object(copy);
  }
}
