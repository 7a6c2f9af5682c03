package io.donna.gateway.event;

import static io.donna.gateway.event.GatewayCommand.AUTHENTICATE;
import static io.donna.gateway.event.GatewayCommand.CONNECT_REALTIME;
import static io.donna.gateway.event.GatewayCommand.NONE;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Cutting;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

class EventScannerTest {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Random random = new Random(8259);
  private final RandomJson generator =
      new RandomJson(random, () -> random.nextInt(3) > 0 ? "type" : word(), this::word);
  private final EventScanner scanner = new EventScanner();

  static Stream<Arguments> messages() {
    String speech = "A".repeat(10 << 20);
    return Stream.of(
        Arguments.of("first", "{'type':'authenticate','token':'x'}", AUTHENTICATE),
        Arguments.of("last", "{'token':'x','type':'authenticate'}", AUTHENTICATE),
        Arguments.of("alone", "{'type':'connect_realtime'}", CONNECT_REALTIME),
        Arguments.of("another", "{'type':'response.create'}", NONE),
        Arguments.of("longer", "{'type':'authenticated'}", NONE),
        Arguments.of("shorter", "{'type':'authenticat'}", NONE),
        Arguments.of("of other case", "{'type':'Authenticate'}", NONE),
        Arguments.of("with a space", "{'type':' authenticate'}", NONE),
        Arguments.of("key of other case", "{'Type':'authenticate'}", NONE),
        Arguments.of("key longer", "{'types':'authenticate'}", NONE),
        Arguments.of("key empty", "{'':'authenticate'}", NONE),
        Arguments.of("twice, first", "{'type':'authenticate','type':'x'}", AUTHENTICATE),
        Arguments.of("twice, last", "{'type':'x','type':'authenticate'}", AUTHENTICATE),
        Arguments.of("twice, number last", "{'type':'authenticate','type':1}", AUTHENTICATE),
        Arguments.of("key escaped", "{'typ\\u0065':'authenticate'}", AUTHENTICATE),
        Arguments.of(
            "key all escaped", "{'\\u0074\\u0079\\u0070\\u0065':'authenticate'}", AUTHENTICATE),
        Arguments.of("value escaped", "{'type':'\\u0061uthenticat\\u0065'}", AUTHENTICATE),
        Arguments.of(
            "escape of either case",
            "{'type':'connect\\u005frealtim\\u0065','a':'\\u006A\\u006a'}",
            CONNECT_REALTIME),
        Arguments.of("escaped to another", "{'type':'authenticat\\u0066'}", NONE),
        Arguments.of("escape beyond ASCII", "{'type':'authenticat\\u0165'}", NONE),
        Arguments.of("fullwidth letter", "{'type':'\uff41uthenticate'}", NONE),
        Arguments.of("NUL inside", "{'type':'authenticate\\u0000'}", NONE),
        Arguments.of("newline inside", "{'type':'\\nauthenticate'}", NONE),
        Arguments.of("solidus escaped", "{'type':'\\/authenticate'}", NONE),
        Arguments.of("value is a key", "{'a':'type','b':'authenticate'}", NONE),
        Arguments.of("value is the key", "{'authenticate':'type'}", NONE),
        Arguments.of("nested", "{'a':{'type':'authenticate'}}", NONE),
        Arguments.of("nested in type", "{'type':{'type':'authenticate'}}", NONE),
        Arguments.of("list in type", "{'type':['authenticate']}", NONE),
        Arguments.of("list after type", "{'type':'x','a':['type','authenticate']}", NONE),
        Arguments.of("in a list", "[{'type':'authenticate'}]", NONE),
        Arguments.of("a list of words", "['type','authenticate']", NONE),
        Arguments.of("behind nested", "{'a':{'b':[{},[1]]},'type':'authenticate'}", AUTHENTICATE),
        Arguments.of(
            "behind a nested type", "{'a':{'type':'x'},'type':'authenticate'}", AUTHENTICATE),
        Arguments.of("quoted inside a string", "{'a':'{\\'type\\':\\'authenticate\\'}'}", NONE),
        Arguments.of(
            "behind a quoted one",
            "{'a':'\\',\\'type\\':\\'x','type':'authenticate'}",
            AUTHENTICATE),
        Arguments.of(
            "backslash before the end", "{'a':'\\\\','type':'authenticate'}", AUTHENTICATE),
        Arguments.of("backslash and quote", "{'a':'\\\\\\'','type':'authenticate'}", AUTHENTICATE),
        Arguments.of(
            "eight backslashes",
            "{'a':'xxxx\\\\\\\\\\\\\\\\','type':'authenticate'}",
            AUTHENTICATE),
        Arguments.of(
            "quote behind backslashes", "{'a':'\\\\\\\\\\',\\'type\\':\\'authenticate'}", NONE),
        Arguments.of("brackets in strings", "{'}{][':'}}]]','type':'authenticate'}", AUTHENTICATE),
        Arguments.of(
            "Unicode in front", "{'ключ🎤':'значение🎤€','type':'authenticate'}", AUTHENTICATE),
        Arguments.of(
            "whitespace everywhere",
            " \t\r\n{ \n'type'\t: \r'authenticate' \n,\t'a' : [ ] } \n",
            AUTHENTICATE),
        Arguments.of(
            "10 MB in front", "{'a':'" + speech + "','type':'authenticate'}", AUTHENTICATE),
        Arguments.of("10 MB around it", "{'a':'" + speech + "\\'type\\':\\'authenticate'}", NONE),
        Arguments.of(
            "10,000 deep in front",
            "{'a':" + "[".repeat(10_000) + "]".repeat(10_000) + ",'type':'authenticate'}",
            AUTHENTICATE),
        Arguments.of(
            "10,000 deep around it",
            "{'a':".repeat(10_000) + "{'type':'authenticate'}" + "}".repeat(10_000),
            NONE),
        Arguments.of("BOM", "\ufeff{'type':'authenticate'}", AUTHENTICATE),
        Arguments.of("a string", "'authenticate'", NONE),
        Arguments.of("a number", "1", NONE),
        Arguments.of("nothing", "", NONE),
        Arguments.of(
            "a message in front of it", "{'type':'x'}{'type':'authenticate'}", AUTHENTICATE),
        Arguments.of("truncated", "{'type':'authentic", NONE),
        Arguments.of("truncated behind it", "{'type':'authenticate'", AUTHENTICATE));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("messages")
  void findsWhatTheTopLevelTypeSays(String where, String message, GatewayCommand command) {
    byte[] json = message.replace('\'', '"').getBytes(StandardCharsets.UTF_8);

    for (Cutting cutting : Cutting.every(json.length)) {
      assertThat(scan(json, cutting)).as(cutting.toString()).isEqualTo(command);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'type':'session.update'} | true",
        "{'type':'transcription_session.update'} | true",
        "{'type':'response.create'} | true",
        "{'type':'response.creat'} | false",
        "{'type':'conversation.item.create'} | false",
        "{'type':'response.create','type':'x'} | true",
        "{'a':'response.create'} | false",
        "{'a':{'type':'session.update'}} | false",
        "{'response.create':'type'} | false",
        "['type','response.create'] | false",
      })
  void seesWhatShapesASession(String message, boolean shapes) {
    byte[] json = message.replace('\'', '"').getBytes(StandardCharsets.UTF_8);

    for (Cutting cutting : Cutting.every(json.length)) {
      scan(json, cutting);
      assertThat(scanner.shapesSession()).as(cutting.toString()).isEqualTo(shapes);
    }
  }

  @Test
  void seesACommandWheneverJacksonDoesAndNeverElse() {
    int commands = 0;
    for (int round = 0; round < 20_000; round++) {
      String message = generator.object(3, 5);

      GatewayCommand seen = scan(message.getBytes(StandardCharsets.UTF_8));

      List<String> types = topLevelTypes(message);
      boolean command = types.contains("authenticate") || types.contains("connect_realtime");
      assertThat(seen != NONE).as(message).isEqualTo(command);
      if (!types.isEmpty() && GatewayCommand.named(types.getLast()) != NONE) {
        assertThat(seen).as(message).isEqualTo(GatewayCommand.named(types.getLast()));
      }
      commands += command ? 1 : 0;
    }
    assertThat(commands).isBetween(4_000, 16_000); // or the property would say little
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'type':'authenticate", "{'a':'\\", "{'a':'\\u00", "{'type':'x',"})
  void forgetsAMessageThatWasCutShort(String cut) {
    scan(cut.replace('\'', '"').getBytes(StandardCharsets.UTF_8));

    assertThat(scan("{\"a\":1}".getBytes(StandardCharsets.UTF_8))).isEqualTo(NONE);
    assertThat(scan("{\"type\":\"connect_realtime\"}".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(CONNECT_REALTIME);
  }

  @Test
  void refusesTextThatIsNotUtf8WhereverItStands() {
    byte[] json =
        "{\"aaaaaaaaaaaaaaaa\":\"bbbbbbbbbbbbbbbb\\n\",\"type\":\"authenticate\"}"
            .getBytes(StandardCharsets.US_ASCII);
    for (int at = 0; at < json.length; at++) {
      for (int octet : new int[] {0x80, 0xC0, 0xFF}) {
        byte[] broken = json.clone();
        broken[at] = (byte) octet;
        scanner.begin();

        assertThat(scanner.inspect(Unpooled.wrappedBuffer(broken), 0, broken.length, 0)).isFalse();
      }
    }
  }

  @Test
  void refusesTextThatEndsInsideACodePoint() {
    byte[] json = {'{', '"', (byte) 0xE2, (byte) 0x82};
    scanner.begin();

    assertThat(scanner.inspect(Unpooled.wrappedBuffer(json), 0, 4, 0)).isTrue();
    assertThat(scanner.end()).isFalse();
  }

  private GatewayCommand scan(byte[] json) {
    return scan(json, Cutting.random(random, json.length));
  }

  private GatewayCommand scan(byte[] json, Cutting cutting) {
    assertThat(cutting.hand(json, scanner)).as(cutting.toString()).isTrue();
    return scanner.command();
  }

  private static List<String> topLevelTypes(String message) {
    List<String> types = new ArrayList<>();
    try (JsonParser json = MAPPER.createParser(message)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean isType = json.currentName().equals("type");
        if (json.nextToken() == JsonToken.VALUE_STRING && isType) {
          types.add(json.getString());
        }
        json.skipChildren();
      }
    }
    return types;
  }

  private String word() {
    String[] words = {
      "authenticate",
      "connect_realtime",
      "authenticat",
      "type",
      "",
      "\\",
      "\"",
      "{",
      "🎤€ä",
      "{\"type\":\"authenticate\"}",
      "session.update",
      "a\\",
      "\u0000\n",
      "x".repeat(40),
      "authenticate\u0000",
      "/"
    };
    return words[random.nextInt(random.nextBoolean() ? 2 : words.length)];
  }
}
