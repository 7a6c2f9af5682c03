package io.donna.gateway.event;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.event.ClientMessage.Authenticate;
import io.donna.gateway.event.ClientMessage.ConnectRealtime;
import io.donna.gateway.event.ClientMessage.Event;
import io.donna.gateway.event.ClientMessage.Unreadable;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientMessageTest {
  static Stream<Arguments> readable() {
    return Stream.of(
        Arguments.of("{'type':'authenticate','token':'abc'}", authenticate("abc")),
        Arguments.of("{'token':'abc','type':'authenticate'}", authenticate("abc")),
        Arguments.of("{'typ\\u0065':'\\u0061uthenticate','token':'abc'}", authenticate("abc")),
        Arguments.of(" {\n'type' :\t'authenticate', 'token': 'a b'}\r\n", authenticate("a b")),
        Arguments.of("{'type':'authenticate'}", new Authenticate(Optional.empty())),
        Arguments.of("{'type':'authenticate','token':''}", new Authenticate(Optional.empty())),
        Arguments.of("{'type':'authenticate','token':null}", new Authenticate(Optional.empty())),
        Arguments.of("{'type':'authenticate','token':1}", new Authenticate(Optional.empty())),
        Arguments.of("{'type':'authenticate','token':['a']}", new Authenticate(Optional.empty())),
        Arguments.of("{'type':'authenticate','token':{}}", new Authenticate(Optional.empty())),
        Arguments.of("{'type':'authenticate','Token':'a'}", new Authenticate(Optional.empty())),
        Arguments.of(
            "{'type':'connect_realtime'}", new ConnectRealtime(Optional.empty(), Optional.empty())),
        Arguments.of(
            "{'type':'connect_realtime','token':'a'}",
            new ConnectRealtime(Optional.empty(), Optional.empty())),
        Arguments.of(
            "{'type':'connect_realtime','api':'transcription','model':'m'}",
            new ConnectRealtime(Optional.of("transcription"), Optional.of("m"))),
        Arguments.of(
            "{'type':'connect_realtime','api':null}",
            new Unreadable("invalid_event", "The 'api' field must be a string with a name.")),
        Arguments.of(
            "{'type':'connect_realtime','model':{}}",
            new Unreadable("invalid_event", "The 'model' field must be a string with a name.")),
        Arguments.of("{'type':'Authenticate'}", new Event("Authenticate")),
        Arguments.of("{'type':''}", new Event("")),
        Arguments.of("{'type':'response.create','a':{'b':[]}}", new Event("response.create")));
  }

  private static Authenticate authenticate(String token) {
    return new Authenticate(Optional.of(token));
  }

  @ParameterizedTest
  @MethodSource("readable")
  void readsWhatAClientSays(String message, ClientMessage read) {
    assertThat(ClientMessage.read(quoted(message))).isEqualTo(read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "}",
        "{'type':'authenticate'",
        "{'type':'authenticate',}",
        "{'type':'authenticate' 'token':'a'}",
        "{'type':authenticate}",
        "{type:'authenticate'}",
        "{'type':'authenticate'}x",
        "{'type':'authenticate'}{}",
        "{'type':'authenticate'},",
        "{'type':'authenticate','type':'authenticate'}",
        "{'type':'a','typ\\u0065':'authenticate'}",
        "{'type':'a','x':{'y':1,'y':2}}",
        "{'type':'a\nb'}",
        "{'type':'\\x'}",
        "{'type':'\\u00g0'}",
        "{'a':01}",
        "{'a':NaN}",
        "{'a':+1}",
        "// {}\n{'type':'a'}",
        "{'type':'a'}\0",
        "\0"
      })
  void refusesWhatIsNoJson(String message) {
    assertThat(ClientMessage.read(quoted(message))).isEqualTo(INVALID_JSON);
  }

  private static final Unreadable INVALID_JSON =
      new Unreadable("invalid_json", "Invalid event: failed to parse JSON value.");

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[{'type':'authenticate'}]", "'authenticate'", "1", "null", "true"})
  void refusesWhatIsNoObject(String message) {
    assertThat(ClientMessage.read(quoted(message)))
        .isEqualTo(
            new Unreadable("invalid_json", "Invalid event: the message must be a JSON object."));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n\t "})
  void refusesAMessageOfNothing(String message) {
    assertThat(ClientMessage.read(quoted(message)))
        .isInstanceOf(Unreadable.class)
        .extracting("code")
        .isEqualTo("invalid_json");
  }

  @Test
  void refusesAMessageWithoutAType() {
    assertThat(ClientMessage.read(quoted("{'Type':'authenticate'}")))
        .isEqualTo(new Unreadable("invalid_event", "The 'type' field is missing."));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "null", "true", "['authenticate']", "{'type':'authenticate'}"})
  void refusesATypeThatIsNoString(String type) {
    assertThat(ClientMessage.read(quoted("{'type':" + type + "}")))
        .isEqualTo(new Unreadable("invalid_event", "The 'type' field must be a string."));
  }

  @Test
  void readsUpTo64KiB() {
    String largest = "{'type':'authenticate','token':'" + "x".repeat(65_502) + "'}";
    byte[] tooLarge = quoted(largest + " ");

    assertThat(quoted(largest)).hasSize(65_536);
    assertThat(ClientMessage.read(quoted(largest))).isEqualTo(authenticate("x".repeat(65_502)));
    assertThat(ClientMessage.read(tooLarge))
        .isEqualTo(
            new Unreadable("message_too_large", "Messages to the gateway take at most 64 KiB."));
  }

  static Stream<String> exhausting() {
    return Stream.of(
        "[".repeat(65_536),
        "{'a':".repeat(13_000),
        "[".repeat(32_768) + "]".repeat(32_768),
        "{'type':'a','a':" + "[".repeat(30_000) + "]".repeat(30_000) + "}",
        "{'type':'a','a':" + "9".repeat(65_000) + "}",
        "{'type':'a','a':1e" + "9".repeat(60_000) + "}",
        "{'" + "k".repeat(65_000) + "':1}");
  }

  @ParameterizedTest
  @MethodSource("exhausting")
  void refusesWhatIsMadeToExhaustIt(String message) {
    assertThat(ClientMessage.read(quoted(message))).isInstanceOf(Unreadable.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ff", "c0af", "eda080", "f4908080", "e282"})
  void refusesBytesThatAreNotUtf8(String hex) {
    byte[] invalid = HexFormat.of().parseHex(hex);
    byte[] message = new byte[invalid.length + 11];
    System.arraycopy(quoted("{'type':'"), 0, message, 0, 9);
    System.arraycopy(invalid, 0, message, 9, invalid.length);
    System.arraycopy(quoted("'}"), 0, message, 9 + invalid.length, 2);

    assertThat(ClientMessage.read(message)).isEqualTo(INVALID_JSON);
  }

  /**
   * ASCII in UTF-16 is UTF-8 too, with a NUL before each letter: JSON is it not (RFC 8259, 8.1).
   */
  @Test
  void refusesJsonInAnotherEncoding() {
    byte[] utf16 = "{\"type\":\"authenticate\",\"token\":\"a\"}".getBytes(UTF_16BE);

    assertThat(ClientMessage.read(utf16)).isEqualTo(INVALID_JSON);
  }

  private static byte[] quoted(String message) {
    return message.replace('\'', '"').getBytes(UTF_8);
  }
}
