package io.donna.gateway.auth;

import io.donna.gateway.event.Json;
import java.nio.ByteBuffer;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Parses {@linkplain Json JSON} objects with a depth limit that every valid token meets. */
final class StrictJson {
  private static final int DEPTH = 32;
  private static final Json OF_TOKENS = Json.upToDepth(DEPTH);
  private static final Json OF_DOCUMENTS = Json.ofDocuments(DEPTH);

  private StrictJson() {}

  /** Parses {@code bytes} as an object; empty if they are none. */
  static Optional<ObjectNode> object(byte[] bytes) {
    return object(OF_TOKENS, bytes);
  }

  /** As {@link #object(byte[])}, for a file or a download, which may be larger. */
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
