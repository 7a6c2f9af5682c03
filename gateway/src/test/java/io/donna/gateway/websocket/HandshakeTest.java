package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HandshakeTest {
  /** The example of RFC 6455, 1.3. */
  @Test
  void provesThatItReadAKeyAsTheRfcDoes() {
    assertThat(Handshake.accept("dGhlIHNhbXBsZSBub25jZQ=="))
        .isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  }

  @Test
  void makesAnotherKeyEachTime() {
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      String key = Handshake.key();
      assertThat(Handshake.isKey(key)).isTrue();
      keys.add(key);
    }

    assertThat(keys).hasSize(100);
  }

  @ParameterizedTest
  @CsvSource({
    "dGhlIHNhbXBsZSBub25jZQ==, true",
    "'', false",
    "dGhlIHNhbXBsZSBub25jZQ=, false",
    "dGhlIHNhbXBsZSBub25jZQ, false",
    "dGhlIHNhbXBsZSBub25jZTE=, false", // 17 bytes
    "dGhlIHNhbXBsZSBub25jZTEy, false", // 18 bytes
    "dGhlIHNhbXBsZSBub25*ZQ==, false",
    "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==, false",
  })
  void takesOnlySixteenBytesForAKey(String key, boolean taken) {
    assertThat(Handshake.isKey(key)).isEqualTo(taken);
  }
}
