package io.donna.gateway.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON that no two parsers read differently: UTF-8 without a byte that is none, no member twice,
 * nothing behind the end, and no deeper than anything of ours is. Numbers are what they were, not
 * the nearest that a double has.
 */
final class StrictJson {
  private static final int DEEPEST = 32;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private StrictJson() {}

  /** The object that {@code bytes} are, if they are one. */
  static Optional<ObjectNode> object(byte[] bytes) {
    return object(ByteBuffer.wrap(bytes));
  }

  static Optional<ObjectNode> object(ByteBuffer bytes) {
    try {
      // Decoded here: of bytes, Jackson would take UTF-16 and overlong forms as well.
      JsonNode json = MAPPER.readTree(UTF_8.newDecoder().decode(bytes).toString());
      return json instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
    } catch (JacksonException | NumberFormatException | CharacterCodingException malformed) {
      // The second for an exponent beyond any BigDecimal, which Jackson lets through as it is.
      return Optional.empty();
    }
  }
}
