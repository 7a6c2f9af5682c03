package io.donna.gateway.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Choices;
import io.donna.gateway.kit.Cutting;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Fuzz target: a message that the strict scanner has nothing against is read alike by Jackson, its
 * type, every top-level value and how many values there are; what the scanner calls no JSON is none
 * to Jackson either. The same under any mask and in any pieces.
 */
public final class StrictScannerFuzz {
  /**
   * Takes numbers of any length, as the scanner does. Is given bytes: of characters it takes {@code
   * U+0766} in an escape for the digit {@code f}.
   */
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNumberLength(1 << 20).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private StrictScannerFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    Choices choices = new Choices(input);
    int mask = choices.yes() ? choices.number() : 0;
    int piece = 1 + choices.upTo(40);
    byte[] message = choices.rest();

    StrictScanner scanner = new StrictScanner();
    boolean accepted = Cutting.whole().hand(message, scanner);
    StrictScanner inPieces = new StrictScanner();
    assertThat(Cutting.into(piece, mask).hand(message, inPieces)).isEqualTo(accepted);
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(message));
    } catch (CharacterCodingException notUtf8) {
      assertThat(accepted).isFalse();
      return;
    }
    assertThat(accepted).isTrue();
    assertThat(inPieces.fault()).isEqualTo(scanner.fault());
    assertThat(inPieces.type()).isEqualTo(scanner.type());
    assertThat(scanner.length()).isEqualTo(message.length);
    Event.of(message).tree(); // may be empty, and must not throw
    Optional<JsonNode> tree = read(message);
    if (scanner.fault() == Fault.NOT_JSON) {
      assertThat(tree).isEmpty();
    }
    if (scanner.fault() == Fault.NONE) {
      expectSame(tree.orElseThrow(), message, scanner, inPieces);
      expectSameCounts(message, scanner);
      expectSameCounts(message, inPieces);
    }
  }

  /** What bounds a tree is counted as Jackson would meet it. */
  static void expectSameCounts(byte[] message, StrictScanner scanner) {
    int values = 0;
    int outside = outsideStrings(message);
    int names = message.length - outside;
    try (JsonParser json = MAPPER.createParser(message)) {
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        values += token.isScalarValue() || token.isStructStart() ? 1 : 0;
        names -= token == JsonToken.VALUE_STRING ? lengthOf(json, message) + 1 : 0;
        names -= token == JsonToken.PROPERTY_NAME ? 1 : 0;
      }
    }
    assertThat(scanner.values()).isEqualTo(values);
    assertThat(scanner.bytesOutsideStrings()).isEqualTo(outside);
    assertThat(scanner.bytesOfNames()).isEqualTo(names);
  }

  /** Of the string that the parser stands at, as it is written and without its quotes. */
  private static int lengthOf(JsonParser json, byte[] message) {
    int start = (int) json.currentTokenLocation().getByteOffset() + 1;
    int end = start;
    while (message[end] != '"') {
      end += message[end] == '\\' ? 2 : 1;
    }
    return end - start;
  }

  private static int outsideStrings(byte[] json) {
    int outside = 0;
    boolean inString = false;
    for (int at = 0; at < json.length; at++) {
      outside += inString ? 0 : 1;
      if (inString && json[at] == '\\') {
        at++;
      } else if (json[at] == '"') {
        inString = !inString;
      }
    }
    return outside;
  }

  private static void expectSame(
      JsonNode tree, byte[] message, StrictScanner scanner, StrictScanner inPieces) {
    assertThat(tree.isObject()).isTrue();
    assertThat(scanner.type()).isEqualTo(EventType.named(tree.get("type").asString()));
    for (String name : tree.propertyNames()) {
      JsonKey key = JsonKey.of(name);
      int start = scanner.startOf(key);
      int end = scanner.endOf(key);
      assertThat(inPieces.startOf(key)).isEqualTo(start);
      assertThat(inPieces.endOf(key)).isEqualTo(end);
      byte[] value = Arrays.copyOfRange(message, start, end);
      assertThat(read(value)).contains(tree.get(name));
      assertThat(scanner.isString(key)).isEqualTo(tree.get(name).isString());
    }
    assertThat(topLevelNames(message)).isEqualTo(tree.size()); // no key is there twice
  }

  private static int topLevelNames(byte[] message) {
    int names = 0;
    try (JsonParser json = MAPPER.createParser(message)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        names++;
        json.nextToken();
        json.skipChildren();
      }
    }
    return names;
  }

  private static Optional<JsonNode> read(byte[] json) {
    try {
      JsonNode tree = MAPPER.readTree(json);
      return tree.isMissingNode() ? Optional.empty() : Optional.of(tree);
    } catch (JacksonException notJson) {
      return Optional.empty();
    }
  }
}
