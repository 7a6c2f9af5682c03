package io.donna.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.Wire;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the relay promises: everything, in order, byte for byte, and no faster than it is taken. */
class RelayTest {
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";

  private static byte[] payload(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) ('a' + (bytes[i] & 0xF));
    }
    return bytes;
  }

  @Test
  void passesFramesOnAsTheyCameWithTheMaskTheyCameWith() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();

      for (int size : new int[] {0, 1, 125, 126, 6_400, 65_535, 65_536, 1_000_000}) {
        byte[] up = client.encode(0x81, payload(size, size));
        client.sendRaw(up);
        assertThat(opened.readFrame().wire()).isEqualTo(up);
        byte[] down = opened.encode(0x82, payload(size, size + 1L));
        opened.sendRaw(down);
        assertThat(client.readFrame().wire()).isEqualTo(down);
      }
    }
  }

  @Test
  void keepsFragmentsAndTextThatIsNotAscii() throws IOException {
    String text = "{\"type\":\"x\",\"delta\":\"Grüße, 世界 🎙\"}";
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      for (int i = 0; i < bytes.length; i++) {
        int first = (i == 0 ? 1 : 0) | (i == bytes.length - 1 ? 0x80 : 0);
        message.writeBytes(client.encode(first, new byte[] {bytes[i]}));
      }

      client.sendRaw(message.toByteArray());

      ByteArrayOutputStream arrived = new ByteArrayOutputStream();
      while (arrived.size() < message.size()) {
        arrived.writeBytes(opened.readFrame().wire());
      }
      assertThat(arrived.toByteArray()).isEqualTo(message.toByteArray());
      opened.send(0x01, bytes);
      opened.send(0x80, new byte[0]);
      assertThat(client.readFrame().text()).isEqualTo(text);
      assertThat(client.readFrame().first()).isEqualTo(0x80);
    }
  }

  @Test
  void sendsWhatWaitedForTheUpstreamInOrder() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opening = upstream.take();
      for (int i = 0; i < 500; i++) {
        client.send("{\"type\":\"early\",\"n\":" + i + "}");
      }
      opening.accept();
      client.send("{\"type\":\"late\"}");

      for (int i = 0; i < 500; i++) {
        assertThat(opening.readText()).isEqualTo("{\"type\":\"early\",\"n\":" + i + "}");
      }
      assertThat(opening.readText()).isEqualTo("{\"type\":\"late\"}");
    }
  }

  @Test
  void stopsReadingAClientWhoseUpstreamIsNotOpenAndLosesNothing() throws Exception {
    int messages = 600;
    byte[] audio = payload(50_000, 1);
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opening = upstream.take();
      AtomicInteger sent = new AtomicInteger();
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; i < messages; i++) {
                  client.send(0x82, audio);
                  sent.incrementAndGet();
                }
              });
      awaitStandstill(sent);
      assertThat(sent).hasValueLessThan(messages);

      opening.accept();

      for (int i = 0; i < messages; i++) {
        assertThat(opening.read().payload()).isEqualTo(audio);
      }
      sender.join();
    }
  }

  @Test
  void masksAfreshWhereAWireCouldCarryBytesOfTheClientsChoice() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            // 127.0.0.1 by the tests' own hosts file; the gateway sees a name like any other.
            RunningGateway.behind(
                    URI.create("ws://upstream.donna.test:" + upstream.port() + "/v1/realtime"))
                .start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opening = upstream.take();
      byte[] early = client.encode(0x81, payload(6_400, 1));
      client.sendRaw(early);
      byte[] first = client.encode(0x01, payload(100, 2));
      byte[] last = client.encode(0x80, payload(70_000, 3));
      client.sendRaw(first);
      client.sendRaw(last);
      opening.accept();

      for (byte[] sent : new byte[][] {early, first, last}) {
        Frame arrived = opening.readFrame();
        assertThat(arrived.wire()).hasSameSizeAs(sent).isNotEqualTo(sent);
      }
      client.sendRaw(early);
      Frame again = opening.readFrame();
      assertThat(again.payload()).isEqualTo(payload(6_400, 1));
      assertThat(again.wire()).isNotEqualTo(early);
    }
  }

  @Test
  void doesAllThisOverNioToo() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).overNio().start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();

      expectBackPressure(client, opened);
      expectBackPressure(opened, client);
    }
  }

  @Test
  void slowsTheUpstreamDownToWhatItsClientReads() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);

      expectBackPressure(upstream.take().accept(), client);
    }
  }

  @Test
  void slowsTheClientDownToWhatItsUpstreamReads() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);

      expectBackPressure(client, upstream.take().accept());
    }
  }

  /** 75 MB: the sender comes to a stand while nobody reads, and then everything arrives. */
  private static void expectBackPressure(Wire from, Wire to) throws InterruptedException {
    int messages = 1_500;
    byte[] audio = payload(50_000, 2);
    AtomicInteger sent = new AtomicInteger();
    Thread sender = sendAll(from, audio, messages, sent);
    awaitStandstill(sent);
    assertThat(sent).hasValueLessThan(messages);

    for (int i = 0; i < messages; i++) {
      assertThat(to.read().payload()).isEqualTo(audio);
    }
    sender.join();
  }

  private static Thread sendAll(Wire from, byte[] payload, int messages, AtomicInteger sent) {
    return Thread.ofVirtual()
        .start(() -> {
          for (int i = 0; i < messages; i++) {
            from.send(0x82, payload);
            sent.incrementAndGet();
          }
        });
  }

  /** Until nothing has been sent for a while. */
  private static void awaitStandstill(AtomicInteger sent) {
    AtomicInteger before = new AtomicInteger(-1);
    await()
        .pollInterval(Duration.ofMillis(300))
        .atMost(Duration.ofSeconds(20))
        .until(() -> sent.get() > 0 && before.getAndSet(sent.get()) == sent.get());
  }

  @Test
  void answersPingsOfBothSidesItself() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();

      client.send(0x89, new byte[] {1, 2, 3, 4});
      Frame pong = client.readFrame();
      assertThat(pong.first()).isEqualTo(0x8A);
      assertThat(pong.payload()).containsExactly(1, 2, 3, 4);

      opened.send(0x89, new byte[] {9});
      pong = opened.readFrame();
      assertThat(pong.first()).isEqualTo(0x8A);
      assertThat(pong.payload()).containsExactly(9);
    }
  }

  @Test
  void carriesCloseCodesAndReasonsOnDropInPaths() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropInAs("u")) {
      TestUpstream.Connection opened = upstream.take().accept();

      opened.sendClose(4000, "invalid_request_error.invalid_model");

      Frame close = client.readClose();
      assertThat(close.closeCode()).isEqualTo(4000);
      assertThat(close.closeReason()).isEqualTo("invalid_request_error.invalid_model");
    }
  }
}
