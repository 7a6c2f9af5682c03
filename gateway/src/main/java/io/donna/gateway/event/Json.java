package io.donna.gateway.event;

import io.donna.gateway.websocket.Utf8Decoder;
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
 * Parses only JSON that all parsers read alike: valid UTF-8, no duplicate members, nothing after
 * the value. Numbers keep their exact value, not the nearest double. Safe from any thread.
 *
 * <p>Jackson is given bytes and never characters: from characters it reads {@code U+0766} in an
 * escape as the hexadecimal digit {@code f}. Encoding detection is off, because it would accept
 * UTF-16.
 */
public final class Json {
  /**
   * In bytes. A parser caches some thousands of names across messages, whoever sent them, so they
   * must be short.
   */
  private static final int LONGEST_NAME = 1_024;

  /** A value's name, start and end. */
  private static final int TOKENS_PER_VALUE = 3;

  /** With Jackson's default depth. */
  static final Json USUAL =
      new Json(StreamReadConstraints.DEFAULT_MAX_DEPTH, StrictScanner.MAX_VALUES);

  /** With few enough values for an event loop. */
  static final Json SMALL =
      new Json(StreamReadConstraints.DEFAULT_MAX_DEPTH, Event.MAX_VALUES_ON_LOOP);

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
                            .maxTokenCount((long) TOKENS_PER_VALUE * values)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
  }

  /** Parses client messages nested up to {@code depth} levels. */
  public static Json upToDepth(int depth) {
    return new Json(depth, Event.MAX_VALUES_ON_LOOP);
  }

  /** As above, for documents that are not parsed on an event loop. */
  public static Json ofDocuments(int depth) {
    return new Json(depth, StrictScanner.MAX_VALUES);
  }

  /** Parses {@code bytes}; a missing node if they are not valid. */
  public JsonNode read(byte[] bytes) {
    return isUtf8(bytes) ? readUtf8(bytes) : MissingNode.getInstance();
  }

  /** Jackson accepts overlong forms. */
  private static boolean isUtf8(byte[] bytes) {
    Utf8Decoder decoder = new Utf8Decoder();
    for (byte octet : bytes) {
      if (!decoder.accept(octet)) {
        return false;
      }
    }
    return decoder.atBoundary();
  }

  /** As {@link #read}, for bytes that are known to be UTF-8. */
  JsonNode readUtf8(byte[] bytes) {
    try {
      return mapper.readTree(bytes);
    } catch (JacksonException | NumberFormatException malformed) {
      // NumberFormatException: an exponent beyond any BigDecimal, which Jackson does not wrap.
      return MissingNode.getInstance();
    }
  }
}
