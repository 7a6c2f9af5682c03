package io.donna.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.FaultProxy;
import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.NetworkNamespace;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.Wire;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Networks that delay, cut up and swallow, between the client, the gateway and its upstream. */
class NetworkFaultTest {
  private static final int KEEPALIVE_MS = 1_000;

  /** The keep-alive time, and what a busy machine needs beyond it. */
  private static final Duration LIMIT = Duration.ofMillis(KEEPALIVE_MS).plusSeconds(6);

  private static final int MESSAGES = 200;

  @Test
  void nothingIsLostReorderedOrChangedByANetworkThatCutsUpAndDelays() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        FaultProxy behind = FaultProxy.before(upstream.port());
        RunningGateway gateway = RunningGateway.behind(uri(behind.port())).start();
        FaultProxy inFront = FaultProxy.before(gateway.port());
        TestClient client = dropIn(inFront.port())) {
      TestUpstream.Connection opened = upstream.take().accept();
      Thread up = Thread.ofVirtual().start(() -> sendAll(client));
      Thread down = Thread.ofVirtual().start(() -> sendAll(opened));

      checkAll(opened);
      checkAll(client);

      up.join();
      down.join();
      client.sendClose(1000, "");
      gateway.awaitNoConnections();
    }
  }

  private static void sendAll(Wire wire) {
    Random random = new Random(3);
    for (int i = 0; i < MESSAGES; i++) {
      wire.send(0x81, Numbered.message(i, 6_400, random));
    }
  }

  private static void checkAll(Wire wire) {
    for (int i = 0; i < MESSAGES; i++) {
      Frame frame = wire.read();
      assertThat(frame.isText()).isTrue();
      Numbered.check(frame.payload(), i);
    }
  }

  @Test
  void aClientThatANetworkSwallowedFreesItsPlaceAndItsUpstreamInTime() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream).with("KEEPALIVE_TIMEOUT_MS", KEEPALIVE_MS).start();
        FaultProxy network = FaultProxy.before(gateway.port());
        TestClient client = dropIn(network.port())) {
      client.stayAlive(); // until the network swallows that as well
      TestUpstream.Connection opened = upstream.take().accept();
      opened.stayAlive();
      client.send("{\"type\":\"response.create\"}");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
      long begun = System.nanoTime();

      network.freeze();

      assertThat(opened.readClose().closeCode()).isEqualTo(1001);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LIMIT);
      opened.sendClose(1001, "");
      gateway.awaitNoConnections();
      gateway.awaitLog("\"code\":1006");
    }
  }

  @Test
  void anUpstreamThatANetworkSwallowedIsToldOfInTime() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        FaultProxy network = FaultProxy.before(upstream.port());
        RunningGateway gateway =
            RunningGateway.behind(uri(network.port()))
                .with("KEEPALIVE_TIMEOUT_MS", KEEPALIVE_MS)
                .start();
        TestClient client = dropIn(gateway.port())) {
      client.stayAlive();
      TestUpstream.Connection opened = upstream.take().accept();
      opened.stayAlive(); // until the network swallows that as well
      opened.send("{\"type\":\"session.created\"}");
      assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\"}");
      long begun = System.nanoTime();

      network.freeze();

      assertThat(client.readText()).contains("\"code\":\"upstream_lost\"");
      assertThat(client.read().closeCode()).isEqualTo(1011);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LIMIT);
    }
  }

  /** The real thing, where the machine lets a test have a network of its own. */
  @Test
  void aCableThatIsPulledIsFoundOnBothLegsInTime() throws Exception {
    try (NetworkNamespace network = NetworkNamespace.create();
        TestUpstream upstream = TestUpstream.start(network.outside(), 0);
        GatewayProcess gateway =
            GatewayProcess.behind(
                    URI.create(
                        "ws://" + network.outside() + ":" + upstream.port() + "/v1/realtime"))
                .inside(network)
                .with("HOST", "0.0.0.0")
                .with("KEEPALIVE_TIMEOUT_MS", KEEPALIVE_MS)
                .start();
        TestClient client =
            TestClient.connect(
                new Socket(network.inside(), gateway.port()),
                "/v1/realtime",
                RunningGateway.bearer("user123"))) {
      client.stayAlive();
      TestUpstream.Connection opened = upstream.take().accept();
      opened.stayAlive();
      opened.send("{\"type\":\"session.created\"}");
      assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\"}");
      long begun = System.nanoTime();

      network.pullTheCable();

      gateway.awaitOut("\"remainingConnections\":0");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LIMIT);
      assertThat(gateway.out()).doesNotContain(" ERROR ");
      network.plugTheCableIn();
      try (TestClient next =
          TestClient.connect(
              new Socket(network.inside(), gateway.port()),
              "/v1/realtime",
              RunningGateway.bearer("user123"))) {
        upstream.take().accept().send("{\"type\":\"session.created\"}");
        assertThat(next.readText()).isEqualTo("{\"type\":\"session.created\"}");
      }
    }
  }

  private static TestClient dropIn(int port) {
    return TestClient.connect(port, "/v1/realtime?model=m", RunningGateway.bearer("user123"));
  }

  private static URI uri(int port) {
    return URI.create("ws://127.0.0.1:" + port + "/v1/realtime");
  }
}
