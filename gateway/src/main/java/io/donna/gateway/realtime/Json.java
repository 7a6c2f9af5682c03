package io.donna.gateway.realtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * JSON that no two parsers read differently: UTF-8 without a byte that is none, no member twice,
 * nothing behind the end. Numbers are what they were, not the nearest that a double has.
 *
 * <p>Jackson reads the bytes and never characters, of which it takes {@code U+0766} in an escape
 * for the hexadecimal digit {@code f}; and it is not to guess an encoding, for then it takes
 * UTF-16.
 */
public final class Json {
  /**
   * Of names a parser keeps some thousands for all messages to come, whoever made them up, so they
   * are short.
   */
  private static final int LONGEST_NAME = 1_024;

  /** Of a value: its name, its beginning and its end. */
  private static final int TOKENS_A_VALUE = 3;

  /** As deep as Jackson goes by itself. */
  static final Json USUAL =
      new Json(StreamReadConstraints.DEFAULT_MAX_DEPTH, StrictScanner.MAX_VALUES);

  /** Of so few values that an event loop has time for it. */
  static final Json SMALL =
      new Json(StreamReadConstraints.DEFAULT_MAX_DEPTH, Event.MOST_VALUES_ON_LOOP);

  private final JsonMapper mapper;

  private Json(int depth, int values) {
    mapper =
        JsonMapper.builder(
                JsonFactory.builder()
                    .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
                    .streamReadConstraints(
                        StreamReadConstraints.builder()
                            .maxNestingDepth(depth)
                            .maxNameLength(LONGEST_NAME)
                            .maxTokenCount((long) TOKENS_A_VALUE * values)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
  }

  /** Of which objects and lists may lie in each other, this many at most; what clients send. */
  public static Json upToDepth(int depth) {
    return new Json(depth, Event.MOST_VALUES_ON_LOOP);
  }

  /** As above, of what is not read on an event loop. */
  public static Json ofDocuments(int depth) {
    return new Json(depth, StrictScanner.MAX_VALUES);
  }

  /** What {@code bytes} are; a missing node where they are no such JSON. */
  public JsonNode read(byte[] bytes) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)); // Jackson lets overlong forms through
    } catch (CharacterCodingException malformed) {
      return MissingNode.getInstance();
    }
    return readUtf8(bytes);
  }

  /** As {@link #read}, of bytes that are known to be UTF-8. */
  JsonNode readUtf8(byte[] bytes) {
    try {
      return mapper.readTree(bytes);
    } catch (JacksonException | NumberFormatException malformed) {
      // The second for an exponent beyond any BigDecimal, which Jackson lets through as it is.
      return MissingNode.getInstance();
    }
  }
}
