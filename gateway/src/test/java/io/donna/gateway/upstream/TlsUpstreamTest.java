package io.donna.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestCertificates;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS towards the upstream: who it is gets proved, before a key is sent. */
class TlsUpstreamTest {
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";

  /** 127.0.0.1 by the tests' own hosts file: SNI takes names with a dot only. */
  private static final String NAME = "upstream.donna.test";

  private static final TestCertificates AUTHORITY = new TestCertificates();

  @TempDir private Path folder;

  private RunningGateway gatewayTowards(TestUpstream upstream, TestCertificates trusted)
      throws IOException {
    return RunningGateway.behind(
            URI.create("wss://" + NAME + ":" + upstream.port() + "/v1/realtime"))
        .with("UPSTREAM_CA_FILE", trusted.writeTo(folder))
        .start();
  }

  @Test
  void usesBoringSsl() {
    assertThat(OpenSsl.isAvailable()).isTrue();
    assertThat(OpenSsl.versionString()).contains("BoringSSL");
  }

  @Test
  void relaysThroughTlsAndNamesTheHostItWants() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.start(AUTHORITY.serverNamed(NAME, UnaryOperator.identity()));
        RunningGateway gateway = gatewayTowards(upstream, AUTHORITY);
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      byte[] frame = client.encode(0x81, new byte[100_000]);
      client.sendRaw(frame);

      assertThat(opened.readFrame().wire()).isEqualTo(frame);
      opened.send("{\"type\":\"session.created\"}");
      assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\"}");
      SSLSocket socket = (SSLSocket) opened.socket();
      assertThat(((ExtendedSSLSession) socket.getSession()).getRequestedServerNames())
          .isEqualTo(List.of(new SNIHostName(NAME)));
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
    }
  }

  @Test
  void refusesAnUpstreamOfAnotherName() throws IOException {
    try (TestUpstream upstream =
            TestUpstream.start(AUTHORITY.serverNamed("other.example", UnaryOperator.identity()));
        RunningGateway gateway = gatewayTowards(upstream, AUTHORITY)) {
      expectRefusal(gateway, upstream);
    }
  }

  @Test
  void refusesAnExpiredCertificate() throws IOException {
    try (TestUpstream upstream =
            TestUpstream.start(AUTHORITY.serverNamed(NAME, TestCertificates::expired));
        RunningGateway gateway = gatewayTowards(upstream, AUTHORITY)) {
      expectRefusal(gateway, upstream);
    }
  }

  @Test
  void refusesACertificateOfAnUnknownAuthority() throws IOException {
    try (TestUpstream upstream =
            TestUpstream.start(AUTHORITY.serverNamed(NAME, UnaryOperator.identity()));
        RunningGateway gateway = gatewayTowards(upstream, new TestCertificates())) {
      expectRefusal(gateway, upstream);
    }
  }

  private static void expectRefusal(RunningGateway gateway, TestUpstream upstream) {
    try (TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      Thread.ofVirtual()
          .start(() -> {
            try {
              upstream.take();
            } catch (RuntimeException handshakeFailed) {
              // As it must.
            }
          });

      assertThat(client.readText()).contains("\"code\":\"upstream_tls_failed\"");
      assertThat(client.read().closeCode()).isEqualTo(1011);
    }
  }
}
