package io.donna.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HandshakeTest {
  // RFC 6455, 1.3
  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  @Test
  void acceptsTheKeyAsTheSpecificationShows() {
    assertThat(Handshake.accept(KEY)).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  }

  @Test
  void answersWhatItAsks() {
    HttpHead request = HttpHead.parse(Handshake.request(3001, "/realtime", KEY));

    HttpHead response = HttpHead.parse(Handshake.answer(request).orElseThrow());

    assertThat(Handshake.isAccepted(response, KEY)).isTrue();
    assertThat(Handshake.isAccepted(response, "another")).isFalse();
    assertThat(response.header("sec-websocket-protocol")).isEmpty();
  }

  @Test
  void choosesRealtimeWhereItIsOffered() {
    HttpHead request =
        HttpHead.parse(
            "GET / HTTP/1.1\r\nSec-WebSocket-Key: "
                + KEY
                + "\r\nSec-WebSocket-Protocol: a, realtime");

    HttpHead response = HttpHead.parse(Handshake.answer(request).orElseThrow());

    assertThat(response.header("Sec-WebSocket-Protocol")).contains("realtime");
  }

  @Test
  void hasNoAnswerToPlainHttp() {
    assertThat(Handshake.answer(HttpHead.parse("GET / HTTP/1.1\r\nHost: a"))).isEmpty();
  }
}
