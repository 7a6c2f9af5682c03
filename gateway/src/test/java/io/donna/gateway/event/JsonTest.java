package io.donna.gateway.event;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JsonTest {
  private final Json json = Json.upToDepth(3);

  @Test
  void readsWhatIsJson() {
    assertThat(json.read(bytes("{\"größe\":[{}],\"\\u00df\":\"\\ud83d\\ude00\"}")).propertyNames())
        .containsExactly("größe", "ß");
    assertThat(json.read(bytes(" \"text\" ")).asString()).isEqualTo("text");
    assertThat(json.read(bytes("0.1000000000000000000001")).decimalValue())
        .isEqualTo(new BigDecimal("0.1000000000000000000001"));
  }

  @ParameterizedTest
  @MethodSource("otherReadings")
  void readsNothingThatAnotherParserCouldReadOtherwise(byte[] bytes) {
    assertThat(json.read(bytes).isMissingNode()).isTrue();
  }

  static Stream<byte[]> otherReadings() {
    return Stream.concat(
        Stream.of(
                "",
                " ",
                "{",
                "{\"a\":1,\"a\":1}",
                "{\"a\":1,\"\\u0061\":1}",
                "{} {}",
                "{}\0",
                "[[[[]]]]",
                "{'a':1}",
                "{\"a\":NaN}",
                "{\"a\":01}",
                "{\"a\":1E99999999999}",
                "{\"a\":1,}",
                "{\"a\":\"\\x61\"}",
                "{\"a\":\"\\u006\u0661\"}", // a digit of another script
                "{\"a\":\"\\ufd3\u0766\"}", // a letter whose lowest byte is 'f'
                "\uFEFF{}")
            .map(JsonTest::bytes),
        Stream.of(
            "{}".getBytes(UTF_16BE),
            "{}".getBytes(UTF_16LE),
            "\0\0\0{\0\0\0}".getBytes(ISO_8859_1),
            "{\"\u00C1\u00A1\":1}".getBytes(ISO_8859_1), // an overlong 'a'
            "{\"\u00ED\u00A0\u0080\":1}".getBytes(ISO_8859_1), // a surrogate
            "{\"\u00FF\":1}".getBytes(ISO_8859_1)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
