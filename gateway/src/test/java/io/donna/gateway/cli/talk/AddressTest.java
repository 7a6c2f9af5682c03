package io.donna.gateway.cli.talk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressTest {
  @ParameterizedTest
  @CsvSource({
    "localhost, ws://localhost/realtime, GATEWAY",
    "127.0.0.1:3001, ws://127.0.0.1:3001/realtime, GATEWAY",
    "[::1]:3001, ws://[::1]:3001/realtime, GATEWAY",
    "http://localhost:3001, ws://localhost:3001/realtime, GATEWAY",
    "HTTPS://voice.example.com/, wss://voice.example.com/realtime, GATEWAY",
    "ws://127.0.0.1:3001/realtime, ws://127.0.0.1:3001/realtime, GATEWAY",
    "wss://example.com/voice/realtime/, wss://example.com/voice/realtime, GATEWAY",
    "localhost:3001/v1/realtime, ws://localhost:3001/v1/realtime, DROP_IN",
    "https://example.com/v1, wss://example.com/v1/realtime, DROP_IN",
    "https://example.com/openai, wss://example.com/openai/realtime, DROP_IN",
    "https://example.com/openai/v1, wss://example.com/openai/v1/realtime, DROP_IN",
    "wss://e.com/openai/realtime?deployment=d, wss://e.com/openai/realtime?deployment=d, DROP_IN",
  })
  void makesAWholeAddressOfWhatIsTyped(String typed, String uri, OpeningFlow flow) {
    Address address = Address.of(typed, Optional.empty());

    assertThat(address.uri()).hasToString(uri);
    assertThat(address.flow()).isEqualTo(flow);
  }

  @ParameterizedTest
  @CsvSource({
    "ws://h/v1/realtime, ws://h/v1/realtime?model=a+b%26c",
    "ws://h/v1/realtime?model=x, ws://h/v1/realtime?model=a+b%26c",
    "ws://h/v1/realtime?model=x&y=z, ws://h/v1/realtime?model=a+b%26c&y=z",
    "ws://h/v1/realtime?y=z&model=x, ws://h/v1/realtime?model=a+b%26c&y=z",
  })
  void asksForTheModelInTheQuery(String typed, String uri) {
    assertThat(Address.of(typed, Optional.of("a b&c")).uri()).hasToString(uri);
  }

  @ParameterizedTest
  @CsvSource({
    "ftp://localhost/realtime, is not ws://",
    "ws://localhost/elsewhere, has an unknown path",
    "ws:///realtime, has no host",
    "ws://me:secret@localhost/realtime, contains credentials",
    "local host, is not a valid URL",
    "'', is not a valid URL",
  })
  void saysWhatIsWrongWithOneThatIsNone(String typed, String complaint) {
    assertThatThrownBy(() -> Address.of(typed, Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(complaint);
  }

  @Test
  void isShownWithoutItsQuery() {
    Address address = Address.of("ws://h:1/realtime?key=secret", Optional.empty());

    assertThat(address.shown()).isEqualTo("ws://h:1/realtime");
  }
}
