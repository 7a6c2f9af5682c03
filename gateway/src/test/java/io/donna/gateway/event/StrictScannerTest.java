package io.donna.gateway.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Cutting;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the gateway judges a message by is what any parser of JSON makes of it. */
class StrictScannerTest {
  private static final JsonMapper JACKSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final Random random = new Random(8259);
  private final RandomJson generator = new RandomJson(random, this::word, this::word);
  private final StrictScanner scanner = new StrictScanner();

  /** Values of JSON as a suite of tests for parsers has them, in apostrophes for quotes. */
  private static final List<String> VALUES =
      List.of(
          "0",
          "-0",
          "1",
          "-1",
          "10",
          "123456789012345678901234567890",
          "0.1",
          "-0.10",
          "1e1",
          "1E1",
          "1e+1",
          "1e-1",
          "0e0",
          "1.5e300",
          "1.5E-300",
          "true",
          "false",
          "null",
          "''",
          "'a'",
          "' '",
          "'\\''",
          "'\\\\'",
          "'\\/'",
          "'/'",
          "'\\b\\f\\n\\r\\t'",
          "'\\u0000'",
          "'\\u0061'",
          "'\\u00E9\\u00e9'",
          "'\\uD83C\\uDFA4'",
          "'\\ud83c\\udfa4'",
          "'é€🎤'",
          "'\u007f'",
          "'\u2028\u2029'",
          "'\ufeff'",
          "'\ufffe\uffff'",
          "'\\uFFFE'",
          "[]",
          "[ ]",
          "[1]",
          "[1,2]",
          "[ 1 , 2 ]",
          "[[]]",
          "[[],[[]]]",
          "[{}]",
          "{}",
          "{ }",
          "{'a':1}",
          "{'a':{'a':{}}}",
          "{'':0}",
          "{'a':1,'b':2}",
          "[true,false,null]",
          "['a',1,{}]",
          "[\t1\n,\r2 ]",
          "'\\\\\\''",
          "'\\u005C'",
          "'\\u0022'",
          "0.0000000000000000000000001");

  /** What no parser of JSON takes for a value. */
  private static final List<String> NO_VALUES =
      List.of(
          "+1",
          "01",
          "-01",
          "00",
          "1.",
          ".1",
          "-.1",
          "1.e1",
          "1e",
          "1e+",
          "1E-",
          "1e1.5",
          "1ee1",
          "-",
          "--1",
          "- 1",
          "1 2",
          "1a",
          "0x1",
          "0b1",
          "1_000",
          "NaN",
          "Infinity",
          "-Infinity",
          "True",
          "TRUE",
          "tru",
          "truee",
          "nul",
          "nulll",
          "undefined",
          "t",
          "f",
          "n",
          "'",
          "'\\'",
          "'\\x'",
          "'\\u'",
          "'\\u1'",
          "'\\u12'",
          "'\\u123'",
          "'\\u123g'",
          "'\\U0061'",
          "'\\0'",
          "'\\a'",
          "'\\v'",
          "'\n'",
          "'\t'",
          "'\u0000'",
          "'\u001f'",
          "'\\\n'",
          "a",
          "'a'b",
          "'a''b'",
          "`a`",
          "[",
          "]",
          "[1",
          "[1,",
          "[,",
          "[,1]",
          "[1,]",
          "[1,,2]",
          "[1 2]",
          "[1:2]",
          "[1}",
          "[}",
          "{",
          "}",
          "{'a'",
          "{'a':",
          "{'a':1",
          "{'a':1,",
          "{'a':1,}",
          "{,}",
          "{,'a':1}",
          "{'a' 1}",
          "{'a'::1}",
          "{'a',1}",
          "{'a':}",
          "{a:1}",
          "{1:1}",
          "{null:1}",
          "{'a':1]",
          "{'a':1 'b':2}",
          "{'a':1;'b':2}",
          "{[1]:1}",
          "//",
          "/**/1",
          "1/**/",
          "#",
          "1#",
          "<1>",
          "1;",
          "\u00a01",
          "1\u00a0",
          "\u20281",
          "\f1",
          "1\u000b",
          "\ufeff1",
          "1\ufeff",
          "[1]]",
          "{}}",
          "[[]",
          "'\\uD83C\\u'",
          "'\\uD83C\\uD'",
          "*",
          "&",
          "-a",
          "-true",
          "1e1e1",
          "1.1.1",
          "e1",
          "'a",
          "a'",
          ",",
          ":",
          "1,",
          ":1",
          "é");

  static Stream<Arguments> values() {
    return Stream.concat(
        VALUES.stream().map(value -> Arguments.of(value.replace('\'', '"'), true)),
        NO_VALUES.stream().map(value -> Arguments.of(value.replace('\'', '"'), false)));
  }

  @ParameterizedTest
  @MethodSource("values")
  void takesForAValueWhatIsOne(String value, boolean valid) {
    for (String message :
        List.of(
            "{\"type\":\"x\",\"v\":" + value + "}",
            "{\"v\":" + value + " ,\"type\":\"x\"}",
            "{\"type\":\"x\",\"v\":[[" + value + "]]}",
            "{\"type\":\"x\",\"v\":{\"a\":0,\"b\":" + value + "}}")) {
      assertThat(jacksonReads(message)).as(message).isEqualTo(valid);
      byte[] json = message.getBytes(UTF_8);
      for (Cutting cutting : Cutting.every(json.length)) {
        assertThat(scan(json, cutting) == Fault.NONE).as(message + cutting).isEqualTo(valid);
        if (valid) {
          assertThat(scanner.type()).isEqualTo(EventType.UNKNOWN);
        }
      }
    }
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of(Fault.NOT_JSON, ""),
        Arguments.of(Fault.NOT_JSON, " "),
        Arguments.of(Fault.NOT_JSON, "{"),
        Arguments.of(Fault.NOT_AN_OBJECT, "}"),
        Arguments.of(Fault.NOT_JSON, "{'type':'x'"),
        Arguments.of(Fault.NOT_JSON, "{'type':'x',"),
        Arguments.of(Fault.NOT_JSON, "{'type':'x'{}"),
        Arguments.of(Fault.NOT_JSON, "{'type':'x']"),
        Arguments.of(Fault.NOT_JSON, "{'type' 'x'}"),
        Arguments.of(Fault.NOT_AN_OBJECT, "hello"),
        Arguments.of(Fault.NOT_AN_OBJECT, "\ufeff{'type':'x'}"),
        Arguments.of(Fault.NOT_AN_OBJECT, "[]"),
        Arguments.of(Fault.NOT_AN_OBJECT, "[{'type':'x'}]"),
        Arguments.of(Fault.NOT_AN_OBJECT, "'type'"),
        Arguments.of(Fault.NOT_AN_OBJECT, "1"),
        Arguments.of(Fault.NOT_AN_OBJECT, "true"),
        Arguments.of(Fault.NOT_AN_OBJECT, "null"),
        Arguments.of(Fault.TRAILING_DATA, "{'type':'x'}{'type':'y'}"),
        Arguments.of(Fault.TRAILING_DATA, "{'type':'x'} x"),
        Arguments.of(Fault.TRAILING_DATA, "{'type':'x'},"),
        Arguments.of(Fault.TRAILING_DATA, "{'type':'x'}}"),
        Arguments.of(Fault.TRAILING_DATA, "{'type':'x'}\u0000"),
        Arguments.of(Fault.DUPLICATE_KEY, "{'type':'x','type':'x'}"),
        Arguments.of(Fault.DUPLICATE_KEY, "{'type':'x','a':1,'a':2}"),
        Arguments.of(
            Fault.DUPLICATE_KEY,
            "{'type':'x','previous_item_id_of_ours':1,'previous_item_id_of_ours':2}"),
        Arguments.of(Fault.UNPLAIN_KEY, "{'typ\\u0065':'x'}"),
        Arguments.of(Fault.UNPLAIN_KEY, "{'type':'x','\\u0074ype':'y'}"),
        Arguments.of(Fault.UNPLAIN_KEY, "{'type':'x','Type':'y'}"),
        Arguments.of(Fault.UNPLAIN_KEY, "{'type':'x','\u017fession':{}}"),
        Arguments.of(Fault.UNPLAIN_KEY, "{'type':'x','a b':1}"),
        Arguments.of(Fault.UNPLAIN_KEY, "{'type':'x','\\n':1}"),
        Arguments.of(Fault.UNPLAIN_KEY, "{'type':'x','\u0442ype':1}"),
        Arguments.of(Fault.LONE_SURROGATE, "{'type':'x','a':'\\ud83c'}"),
        Arguments.of(Fault.LONE_SURROGATE, "{'type':'x','a':'\\udfa4'}"),
        Arguments.of(Fault.LONE_SURROGATE, "{'type':'x','a':'\\ud83cx'}"),
        Arguments.of(Fault.LONE_SURROGATE, "{'type':'x','a':'\\ud83c\\n'}"),
        Arguments.of(Fault.LONE_SURROGATE, "{'type':'x','a':'\\ud83c\\ud83c\\udfa4'}"),
        Arguments.of(Fault.LONE_SURROGATE, "{'type':'x','a':'\\udfa4\\ud83c'}"),
        Arguments.of(Fault.LONE_SURROGATE, "{'type':'x','a':{'\\ud83c':1}}"),
        Arguments.of(Fault.LONE_SURROGATE, "{'type':'\\ud83c'}"),
        Arguments.of(Fault.DUPLICATE_KEY, "{'a':'\\ud83c','type':'x','type':'y'}"),
        Arguments.of(Fault.UNPLAIN_KEY, "{'a':'\\ud83c','type':'x','Type':'y'}"),
        Arguments.of(Fault.NO_TYPE, "{'a':'\\ud83c'}"),
        Arguments.of(Fault.NO_TYPE, "{}"),
        Arguments.of(Fault.NO_TYPE, "{'a':'x'}"),
        Arguments.of(Fault.NO_TYPE, "{'type':1}"),
        Arguments.of(Fault.NO_TYPE, "{'type':null}"),
        Arguments.of(Fault.NO_TYPE, "{'type':['x']}"),
        Arguments.of(Fault.NO_TYPE, "{'a':{'type':'x'}}"),
        Arguments.of(Fault.NO_TYPE, "{'types':'x'}"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void saysWhatIsWrong(Fault fault, String message) {
    byte[] json = message.replace('\'', '"').getBytes(UTF_8);

    for (Cutting cutting : Cutting.every(json.length)) {
      assertThat(scan(json, cutting)).as(cutting.toString()).isEqualTo(fault);
    }
  }

  @Test
  void refusesNestingBeyondItsBoundAndNoneWithinIt() {
    int within = StrictScanner.MAX_DEPTH - 1;

    assertThat(scan("{\"type\":\"x\",\"a\":" + "[".repeat(within) + "]".repeat(within) + "}"))
        .isEqualTo(Fault.NONE);
    assertThat(scan("{\"a\":".repeat(within) + "{}" + "}".repeat(within))).isEqualTo(Fault.NO_TYPE);
    for (int depth : new int[] {within + 1, within + 2, 200, 10_000}) {
      assertThat(scan("{\"type\":\"x\",\"a\":" + "[".repeat(depth) + "]".repeat(depth) + "}"))
          .isEqualTo(Fault.TOO_DEEP);
      assertThat(scan("{\"a\":".repeat(depth) + "{}" + "}".repeat(depth)))
          .isEqualTo(Fault.TOO_DEEP);
    }
  }

  @Test
  void tellsObjectsFromListsAtEveryDepth() {
    for (int round = 0; round < 500; round++) {
      int depth = 1 + random.nextInt(60);
      StringBuilder open = new StringBuilder();
      StringBuilder close = new StringBuilder();
      for (int i = 0; i < depth; i++) {
        boolean object = random.nextBoolean();
        open.append(object ? "{\"k\":" : "[");
        close.insert(0, object ? '}' : ']');
      }
      int wrong = random.nextInt(depth);
      String right = close.toString();
      close.setCharAt(wrong, close.charAt(wrong) == ']' ? '}' : ']');

      assertThat(scan("{\"type\":\"x\",\"a\":" + open + "1" + right + "}")).isEqualTo(Fault.NONE);
      assertThat(scan("{\"type\":\"x\",\"a\":" + open + "1" + close + "}"))
          .isEqualTo(Fault.NOT_JSON);
    }
  }

  @Test
  void takesAsManyKeysAsItCanCompare() {
    StringBuilder keys = new StringBuilder("{\"type\":\"x\"");
    for (int i = 1; i < TopLevelKeys.MAX; i++) {
      keys.append(",\"key").append(i).append("\":").append(i);
    }

    assertThat(scan(keys + "}")).isEqualTo(Fault.NONE);
    assertThat(scan(keys + ",\"more\":1}")).isEqualTo(Fault.TOO_MANY_KEYS);
    assertThat(scan(keys + ",\"key7\":1}")).isEqualTo(Fault.DUPLICATE_KEY);
  }

  @Test
  void knowsEveryEventByItsNameHoweverItIsEscaped() {
    for (EventType type : EventType.values()) {
      String name = type.wireName();
      scan("{\"type\":\"" + name + "\"}");
      assertThat(scanner.type()).isEqualTo(type);
      assertThat(EventType.named(name)).isEqualTo(type);
      scan("{\"a\":[{\"type\":\"no\"}],\"type\" : \"" + escaped(name) + "\"}");
      assertThat(scanner.type()).isEqualTo(type);
      if (type != EventType.UNKNOWN) {
        scan("{\"type\":\"" + name + "x\"}");
        assertThat(scanner.type()).isEqualTo(EventType.UNKNOWN);
        String shorter = name.substring(0, name.length() - 1);
        scan("{\"type\":\"" + shorter + "\"}");
        assertThat(scanner.type()).isEqualTo(EventType.named(shorter));
        scan("{\"type\":\"" + name.toUpperCase(Locale.ROOT) + "\"}");
        assertThat(scanner.type()).isEqualTo(EventType.UNKNOWN);
      }
    }
    scan("{\"type\":\"" + "response.done".repeat(1_000) + "\"}");
    assertThat(scanner.type()).isEqualTo(EventType.UNKNOWN);
  }

  @Test
  void findsTheTypeBehindTenMegabytes() {
    String speech = "A".repeat(10 << 20);

    assertThat(scan("{\"audio\":\"" + speech + "\",\"type\":\"session.update\"}"))
        .isEqualTo(Fault.NONE);
    assertThat(scanner.type()).isEqualTo(EventType.SESSION_UPDATE);
    assertThat(scanner.endOf(JsonKey.AUDIO) - scanner.startOf(JsonKey.AUDIO))
        .isEqualTo((10 << 20) + 2);
  }

  @Test
  void neverAnswersOtherwiseThanJackson() {
    int valid = 0;
    int rounds = 60_000;
    for (int round = 0; round < rounds; round++) {
      String message = mutated(event());

      Fault fault = scan(message);

      switch (fault) {
        case NONE -> assertThat(jacksonReads(message)).as(message).isTrue();
        case NOT_JSON, TRAILING_DATA -> assertThat(jacksonReads(message)).as(message).isFalse();
        default -> {} // refused, though JSON it may be
      }
      if (fault == Fault.NONE) {
        agreesWith(JACKSON.readTree(message), message);
        valid++;
      }
    }
    assertThat(valid).isBetween(rounds / 10, rounds * 9 / 10); // or it would say little
  }

  private void agreesWith(JsonNode tree, String message) {
    byte[] bytes = message.getBytes(UTF_8);
    assertThat(scanner.type()).isEqualTo(EventType.named(tree.get("type").asString()));
    assertThat(scanner.length()).isEqualTo(bytes.length);
    StrictScannerFuzz.expectSameCounts(bytes, scanner);
    for (String name : tree.propertyNames()) {
      JsonKey key = JsonKey.of(name);
      int start = scanner.startOf(key);
      String value = new String(bytes, start, scanner.endOf(key) - start, UTF_8);
      assertThat(JACKSON.readTree(value)).as(message).isEqualTo(tree.get(name));
      assertThat(value).isEqualTo(value.strip());
      assertThat(scanner.isString(key)).isEqualTo(tree.get(name).isString());
    }
    assertThat(scanner.startOf(JsonKey.of("no_such_key"))).isEqualTo(-1);
    assertThat(scanner.endOf(JsonKey.of("no_such_key"))).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'sess",
        "{'type':'x','a':'\\",
        "{'a':'\\ud8",
        "{'a':1",
        "{'a':t",
        "{'a':[[{",
        "{'type':'x'} x",
        "nonsense",
        "{'type':'x','type':'y'}"
      })
  void forgetsTheMessageBefore(String before) {
    scan(before.replace('\'', '"'));

    assertThat(scan("{\"a\":1}")).isEqualTo(Fault.NO_TYPE);
    assertThat(scanner.startOf(JsonKey.TYPE)).isEqualTo(-1);
    assertThat(scan("{\"type\":\"response.done\"}")).isEqualTo(Fault.NONE);
    assertThat(scanner.type()).isEqualTo(EventType.RESPONSE_DONE);
  }

  @Test
  void endsOnBytesThatAreNoUtf8WhereverTheyStand() {
    byte[] json =
        "{\"aaaaaaaaaaaaaaaa\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\\n\",\"type\":\"x\"}zz"
            .getBytes(UTF_8);
    for (int at = 0; at < json.length; at++) {
      for (int octet : new int[] {0x80, 0xC0, 0xFF}) {
        byte[] broken = json.clone();
        broken[at] = (byte) octet;
        scanner.begin();

        assertThat(scanner.inspect(Unpooled.wrappedBuffer(broken), 0, broken.length, 0)).isFalse();
      }
    }
    byte[] half = {'{', '"', (byte) 0xE2, (byte) 0x82};
    scanner.begin();
    assertThat(scanner.inspect(Unpooled.wrappedBuffer(half), 0, 4, 0)).isTrue();
    assertThat(scanner.end()).isFalse();
  }

  private static String listOf(int values) {
    return "{\"type\":\"x\",\"a\":[0" + ",0".repeat(values - 4) + "]}";
  }

  @Test
  void takesAsManyValuesAsATreeMayHaveAndNotOneMore() {
    assertThat(scan(listOf(StrictScanner.MAX_VALUES))).isEqualTo(Fault.NONE);
    assertThat(scanner.values()).isEqualTo(StrictScanner.MAX_VALUES);

    assertThat(scan(listOf(StrictScanner.MAX_VALUES + 1))).isEqualTo(Fault.TOO_MANY_VALUES);
    assertThat(scan("{\"type\":\"x\",\"a\":[{}" + ",{}".repeat(1 << 20)))
        .isEqualTo(Fault.TOO_MANY_VALUES);
  }

  @Test
  void takesAsMuchOutsideOfStringsAsATreeMayHaveAndNotAByteMore() {
    String outside = "{\"\":\"\",\"\":}"; // opening quotes count, closing ones do not
    int rest = StrictScanner.MAX_BYTES_OUTSIDE_STRINGS - (outside.length() - 3);
    String message = "{\"type\":\"x\",\"a\":";

    assertThat(scan(message + " ".repeat(rest - 1) + "0}")).isEqualTo(Fault.NONE);
    assertThat(scan(message + " ".repeat(rest) + "0}")).isEqualTo(Fault.TOO_MUCH_STRUCTURE);
    assertThat(scan(message + "1".repeat(rest + 1) + "}")).isEqualTo(Fault.TOO_MUCH_STRUCTURE);
    assertThat(scan(message + "\"" + "a".repeat(4 << 20) + "\"}")).isEqualTo(Fault.NONE);
  }

  @Test
  void takesAsMuchInNamesAsATreeMayHaveAndNotAByteMore() {
    int rest = StrictScanner.MAX_BYTES_OF_NAMES - "type".length() - "a".length();
    String deep = "{\"type\":\"x\",\"a\":[{\"%s\":0,\"%s\":0}]}";
    String half = "n".repeat(rest / 2);

    assertThat(scan(deep.formatted(half, half + "n".repeat(rest % 2)))).isEqualTo(Fault.NONE);
    assertThat(scanner.bytesOfNames()).isEqualTo(StrictScanner.MAX_BYTES_OF_NAMES);
    assertThat(scan(deep.formatted(half, half + "nn"))).isEqualTo(Fault.TOO_MUCH_STRUCTURE);
  }

  private static boolean jacksonReads(String message) {
    try {
      return !JACKSON.readTree(message).isMissingNode();
    } catch (JacksonException malformed) {
      return false;
    }
  }

  private Fault scan(String message) {
    byte[] json = message.getBytes(UTF_8);
    return scan(json, Cutting.random(random, json.length));
  }

  private Fault scan(byte[] json, Cutting cutting) {
    assertThat(cutting.hand(json, scanner)).as(cutting.toString()).isTrue();
    return scanner.fault();
  }

  /** Mostly as it is; else with a few characters taken out, put in or changed. */
  private String mutated(String json) {
    if (random.nextInt(3) == 0) {
      return json;
    }
    String alphabet =
        "{}[]:,\"\\ \n\t0123456789.eE+-truefalsn/ubx\u0001\u007fé🎤".replace("🎤", "");
    StringBuilder text = new StringBuilder(json);
    for (int i = random.nextInt(3); i >= 0 && !text.isEmpty(); i--) {
      int at = random.nextInt(text.length());
      if (Character.isSurrogate(text.charAt(at))) {
        continue;
      }
      char other = alphabet.charAt(random.nextInt(alphabet.length()));
      switch (random.nextInt(3)) {
        case 0 -> text.deleteCharAt(at);
        case 1 -> text.insert(at, other);
        default -> text.setCharAt(at, other);
      }
    }
    String changed = text.toString();
    return changed.equals(new String(changed.getBytes(UTF_8), UTF_8)) ? changed : json;
  }

  /** Of top-level keys that differ, as the scanner refuses others. */
  private String event() {
    StringBuilder event =
        new StringBuilder("{" + generator.string("type") + ":" + generator.string(word()));
    for (int i = random.nextInt(5); i > 0; i--) {
      event.append(",").append(generator.member("key" + i, 3));
    }
    return event.append('}').toString();
  }

  private String word() {
    String[] words = {
      "session.update",
      "response.create",
      "input_audio_buffer.append",
      "type",
      "",
      "\\",
      "\"",
      "{",
      "🎤€ä",
      "a\\",
      "\u0000\n",
      "x".repeat(70),
      "/"
    };
    return words[random.nextInt(words.length)];
  }

  private String escaped(String text) {
    StringBuilder json = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      json.append(random.nextBoolean() ? "\\u%04x".formatted((int) c) : String.valueOf(c));
    }
    return json.toString();
  }
}
