package io.donna.simulator;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.donna.simulator.protocol.SessionFault;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FaultTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Simulator simulator = Simulator.builder().speed(1_000_000).start();

  @AfterEach
  void stop() {
    simulator.close();
  }

  @ParameterizedTest
  @CsvSource({"status=503,503", "refuse,503", "status=401,401", "redirect,307", "bad-accept,101"})
  void failsTheHandshake(String fault, int status) {
    assertThatThrownBy(() -> RealtimeClient.connectToModel(simulator, "fault/" + fault))
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            refused -> assertThat(refused.getResponse().statusCode()).isEqualTo(status));
  }

  @Test
  void neverAnswersTheUpgradeWhenItHangs() {
    URI uri = URI.create(simulator.uri() + "?model=fault/hang");
    CompletableFuture<RealtimeClient> connecting =
        RealtimeClient.connecting(HttpClient.newHttpClient(), uri, List.of());

    simulator.awaitConnection(LIMIT);
    assertThatThrownBy(() -> connecting.get(200, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
  }

  @Test
  void closesAfterSoManyEvents() {
    try (var client = RealtimeClient.connectToModel(simulator, "fault/close=4000:bye@3")) {
      client.await("session.created");
      client.say("hello");
      client.await("conversation.item.done");
      assertThat(client.awaitEnd()).isEqualTo("4000 bye");
      assertThat(client.hasNoEvent()).isTrue();
    }
  }

  @Test
  void dropsTheConnectionWithoutACloseFrame() throws Exception {
    try (Socket socket = upgraded("fault/drop@1")) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      assertThat(in.readUnsignedShort()).isEqualTo(0x817E);
      byte[] event = in.readNBytes(in.readUnsignedShort());
      assertThat(new String(event, StandardCharsets.UTF_8)).contains("session.created");
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @Test
  void sendsAFrameNobodyUnderstands() {
    try (var client = RealtimeClient.connectToModel(simulator, "fault/garbage@0")) {
      assertThat(client.awaitEnd()).isEqualTo("ProtocolException");
    }
  }

  @Test
  void stopsInTheMiddleOfAFrame() throws Exception {
    try (Socket socket = upgraded("fault/stall@0")) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      assertThat(in.readNBytes(4)).containsExactly(0x81, 126, 0x03, 0xE8);
      assertThat(in.readNBytes(500)).containsOnly(0);
      socket.setSoTimeout(200);
      assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void misbehavesForConnectionsFromNowOn() {
    simulator.fault(Fault.closeWith(4000, "reason"));
    try (var client = RealtimeClient.connect(simulator)) {
      assertThat(client.awaitEnd()).isEqualTo("4000 reason");
    }
    simulator.fault(Fault.none());
    try (var client = RealtimeClient.connect(simulator)) {
      client.say("hello").respond();
      client.await("response.done");
    }
  }

  @Test
  void misbehavesFromTheStartWhenBuiltSo() {
    try (Simulator faulty = Simulator.builder().fault(Fault.closeWith(1011, "")).start();
        var client = RealtimeClient.connect(faulty)) {
      assertThat(client.awaitEnd()).isEqualTo("1011 ");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "none, None[]",
    "refuse, Refuse[status=503]",
    "status=429, Refuse[status=429]",
    "stall, Stall[afterEvents=1]",
    "drop@12, Drop[afterEvents=12]",
    "garbage@0, Garbage[afterEvents=0]",
    "malformed@2, Malformed[afterEvents=2]",
    "error=overloaded@4, 'ErrorEvent[code=overloaded, afterEvents=4]'",
    "slow=250, Slow[gap=PT0.25S]",
    "no-usage, InSession[fault=NO_USAGE]",
    "close=1011, 'Close[code=1011, reason=, afterEvents=1]'",
    "close=4000:a:b@c@5, 'Close[code=4000, reason=a:b@c, afterEvents=5]'",
  })
  void readsFaults(String spec, String fault) {
    assertThat(Fault.parse(spec)).hasToString(fault);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "oops",
        "close",
        "close=99",
        "close=1006",
        "status=99",
        "drop@x",
        "hang@3",
        "none@1",
        "slow=x",
        "error=a b",
        "no-usage@2"
      })
  void saysWhatAFaultLooksLike(String spec) {
    assertThatThrownBy(() -> Fault.parse(spec)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource
  void readsAndDocumentsEachFaultOfASession(SessionFault fault) {
    assertThat(Fault.parse(fault.keyword())).isEqualTo(Fault.inSession(fault));
    assertThat(FaultSpec.GRAMMAR).containsPattern("\\| " + fault.keyword() + "\\b");
  }

  @Test
  void sendsHalfAnEventAndAnErrorAndGoesOn() {
    try (var client = RealtimeClient.connectToModel(simulator, "fault/malformed@1")) {
      client.await("session.created");
      assertThat(client.next().asString()).isEqualTo("{\"type\":\"session.");
    }
    try (var client = RealtimeClient.connectToModel(simulator, "fault/error=overloaded@1")) {
      client.await("session.created");
      assertThat(client.next().path("error").propertyNames())
          .containsExactly("type", "code", "message", "param", "event_id");
      client.say("hello").respond();
      client.await("response.done");
    }
  }

  @Test
  void keepsUsageToItself() {
    try (var client = RealtimeClient.connectToModel(simulator, "fault/no-usage")) {
      client.await("session.created");
      client.say("hello").respond();
      assertThat(client.await("response.done").at("/response/usage").isNull()).isTrue();
    }
  }

  private Socket upgraded(String model) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), simulator.uri().getPort());
    socket.setSoTimeout((int) LIMIT.toMillis());
    String request =
        """
        GET /v1/realtime?model=%s HTTP/1.1
        Host: localhost
        Upgrade: websocket
        Connection: Upgrade
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        Authorization: Bearer sk-test

        """
            .formatted(model)
            .replace("\n", "\r\n");
    socket.getOutputStream().write(request.getBytes(US_ASCII));
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      head.append((char) socket.getInputStream().read());
    }
    assertThat(head.toString()).startsWith("HTTP/1.1 101").contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    return socket;
  }
}
