package io.donna.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.websocket.RawFrame;
import io.donna.gateway.websocket.Role;
import org.junit.jupiter.api.Test;

/** RFC 6455, 4 and 5.8: the upgrade needs HTTP/1.1, and no extension is spoken. */
class ExtensionTest {
  @Test
  void negotiatesNoCompressionAndRefusesAFrameThatUsesIt() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client =
            gateway.connect(
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")) {
      assertThat(client.status()).isEqualTo(101);
      assertThat(client.head()).doesNotContainIgnoringCase("Sec-WebSocket-Extensions");

      client.sendRaw(RawFrame.text("{}").reserved(0x40).towards(Role.SERVER).bytes());

      assertThat(client.readClose().closeCode()).isEqualTo(1002);
    }
  }

  @Test
  void offersAnUpstreamNoExtension() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\"}");

      assertThat(upstream.take().head()).doesNotContainIgnoringCase("Sec-WebSocket-Extensions");
    }
  }

  @Test
  void upgradesNothingBelowHttp11() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client =
            TestClient.raw(
                gateway.port(),
                """
                GET /realtime HTTP/1.0
                Host: x
                Upgrade: websocket
                Connection: Upgrade
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
                Sec-WebSocket-Version: 13

                """
                    .replace("\n", "\r\n"))) {
      assertThat(client.status()).isEqualTo(426);
    }
  }
}
