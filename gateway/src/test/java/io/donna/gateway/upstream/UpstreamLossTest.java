package io.donna.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.CapturedLog;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An upstream that fails after its 101: found, told of, and cleared away, on both kinds of path.
 */
class UpstreamLossTest {
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";
  private static final String CREATED = "{\"type\":\"session.created\"}";

  private static final int KEEPALIVE_MS = 800;

  /** The time limit of the contract, and what a busy machine needs beyond it. */
  private static final Duration LIMIT = Duration.ofMillis(KEEPALIVE_MS).plusSeconds(4);

  private static final byte[] HALF = new byte[10];

  /** What goes wrong, and the close code that the gateway then sends the upstream, if one. */
  enum Fault {
    CLOSES_AT_ONCE,
    RESETS {
      @Override
      void commit(TestUpstream.Connection upstream) throws IOException {
        upstream.reset();
      }
    },
    RESETS_IN_THE_MIDDLE_OF_A_FRAME {
      @Override
      void commit(TestUpstream.Connection upstream) throws IOException {
        upstream.sendRaw(new byte[] {(byte) 0x81, 100});
        upstream.sendRaw(HALF);
        upstream.reset();
      }
    },
    CLOSES_IN_THE_MIDDLE_OF_A_FRAME {
      @Override
      void commit(TestUpstream.Connection upstream) {
        upstream.sendRaw(new byte[] {(byte) 0x81, 127, 0, 0, 0, 0, 0, 100, 0, 0});
        upstream.sendRaw(HALF);
        upstream.close();
      }
    },
    STALLS {
      @Override
      void commit(TestUpstream.Connection upstream) {}
    },
    STALLS_IN_A_HEADER {
      @Override
      void commit(TestUpstream.Connection upstream) {
        upstream.sendRaw(new byte[] {(byte) 0x81});
      }
    },
    STALLS_IN_THE_MIDDLE_OF_A_FRAME {
      @Override
      void commit(TestUpstream.Connection upstream) {
        upstream.sendRaw(new byte[] {(byte) 0x81, 100});
        upstream.sendRaw(HALF);
      }
    },
    STALLS_BETWEEN_FRAGMENTS {
      @Override
      void commit(TestUpstream.Connection upstream) {
        upstream.send(0x01, HALF);
      }
    },
    SENDS_A_RESERVED_OPCODE(1002) {
      @Override
      void commit(TestUpstream.Connection upstream) {
        upstream.send(0x83, HALF);
      }
    },
    SENDS_A_RESERVED_BIT(1002) {
      @Override
      void commit(TestUpstream.Connection upstream) {
        upstream.send(0xC1, HALF);
      }
    },
    SENDS_A_MASKED_FRAME(1002) {
      @Override
      void commit(TestUpstream.Connection upstream) {
        upstream.sendRaw(new byte[] {(byte) 0x81, (byte) 0x81, 1, 2, 3, 4, 5});
      }
    },
    SENDS_TEXT_THAT_IS_NOT_UTF8(1007) {
      @Override
      void commit(TestUpstream.Connection upstream) {
        upstream.send(0x81, new byte[] {'a', (byte) 0xFF});
      }
    },
    ANNOUNCES_TOO_MUCH(1009) {
      @Override
      void commit(TestUpstream.Connection upstream) {
        upstream.sendRaw(new byte[] {(byte) 0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0});
      }
    },
    SPEAKS_HTTP(1002) {
      @Override
      void commit(TestUpstream.Connection upstream) {
        upstream.answer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
      }
    };

    private final int code;

    Fault() {
      this(0);
    }

    Fault(int code) {
      this.code = code;
    }

    void commit(TestUpstream.Connection upstream) throws IOException {
      upstream.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void isToldOfOnRealtimeWhichMayConnectAgain(Fault fault) throws IOException {
    try (CapturedLog log = new CapturedLog();
        TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = gatewayBefore(upstream);
        TestClient client = gateway.connect()) {
      client.stayAlive();
      client.authenticate();
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      opened.stayAlive();
      opened.send(CREATED);
      assertThat(client.readText()).isEqualTo(CREATED);
      opened.fallSilent();
      long begun = System.nanoTime();

      fault.commit(opened);

      assertThat(client.readText()).isEqualTo("{\"type\":\"realtime_disconnected\"}");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LIMIT);
      expectEnd(fault, opened);
      client.send(CONNECT);
      TestUpstream.Connection again = upstream.take().accept();
      again.stayAlive();
      again.send(CREATED);
      assertThat(client.readText()).isEqualTo(CREATED);
      client.fallSilent();
      client.sendClose(1000, "");
      gateway.awaitNoConnections();
      expectNoSecretAndNoFaultOfOurs(log, gateway);
    }
  }

  @ParameterizedTest
  @EnumSource
  void endsADropInSessionWith1011(Fault fault) throws IOException {
    try (CapturedLog log = new CapturedLog();
        TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = gatewayBefore(upstream);
        TestClient client = gateway.connectDropInAs("u")) {
      client.stayAlive();
      TestUpstream.Connection opened = upstream.take().accept();
      opened.stayAlive();
      opened.send(CREATED);
      assertThat(client.readText()).isEqualTo(CREATED);
      opened.fallSilent();
      long begun = System.nanoTime();

      fault.commit(opened);

      assertThat(client.readText())
          .contains("\"type\":\"gateway_error\"", "\"code\":\"upstream_lost\"");
      assertThat(client.read().closeCode()).isEqualTo(1011);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LIMIT);
      expectEnd(fault, opened);
      client.fallSilent();
      client.sendClose(1011, "");
      gateway.awaitNoConnections();
      expectNoSecretAndNoFaultOfOurs(log, gateway);
    }
  }

  private static RunningGateway gatewayBefore(TestUpstream upstream) {
    return RunningGateway.behind(upstream).with("KEEPALIVE_TIMEOUT_MS", KEEPALIVE_MS).start();
  }

  private static void expectEnd(Fault fault, TestUpstream.Connection opened) {
    if (fault.code > 0) {
      assertThat(opened.readClose().closeCode()).isEqualTo(fault.code);
    }
    if (!opened.socket().isClosed()) {
      assertThat(opened.reachesEnd()).isTrue();
    }
  }

  private static void expectNoSecretAndNoFaultOfOurs(CapturedLog log, RunningGateway gateway) {
    assertThat(String.join("\n", log.lines()) + String.join("\n", gateway.log()))
        .doesNotContain(RunningGateway.API_KEY)
        .doesNotContain(RunningGateway.SECRET)
        .doesNotContain("ERROR");
  }
}
