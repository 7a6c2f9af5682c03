package io.donna.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;

/** One session of the soak, from the upstream's 101 to the end, and what must hold there. */
final class SoakSession {
  private static final int UP_BYTES = 6_400;
  private static final int DOWN_BYTES = 16_200;
  private static final int LONGEST_LATE_MS = 2_000;

  private static final String ASK = "{\"type\":\"response.create\"}";
  private static final String CREATED =
      "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\"}}";
  private static final String DONE =
      "{\"type\":\"response.done\",\"response\":{\"id\":\"resp_1\",\"status\":\"cancelled\","
          + "\"usage\":{\"input_tokens\":1000,\"input_token_details\":{\"text_tokens\":1000}}}}";

  private final TestClient client;
  private final TestUpstream.Connection upstream;
  private final SoakFault fault;
  private final Random random;
  private final Flow up;
  private final Flow down;

  /** A session whose upstream has been asked and has not answered. */
  SoakSession(
      TestClient client,
      TestUpstream.Connection upstream,
      SoakFault fault,
      Random random,
      Pace pace) {
    this.client = client;
    this.upstream = upstream;
    this.fault = fault;
    this.random = random;
    boolean inPieces = fault == SoakFault.SENDS_IN_PIECES;
    Random ups = new Random(random.nextLong());
    Random downs = new Random(random.nextLong());
    this.up = new Flow(client, upstream, UP_BYTES, ups, inPieces, pace);
    this.down = new Flow(upstream, client, DOWN_BYTES, downs, inPieces, pace);
  }

  /** Lives for {@code life}, then ends as its fault says. */
  void run(Duration life, Executor threads) throws IOException {
    if (fault == SoakFault.UPSTREAM_REFUSES) {
      upstream.answer("HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}");
      expectUpstreamFailed(Optional.of(client.read()), "upstream_refused");
      return;
    }
    upstream.accept();
    up.begin(threads);
    down.begin(threads);
    LockSupport.parkNanos(life.toNanos() / 2);
    switch (fault) {
      case CLIENT_READS_LATE -> down.pauseReading(late());
      case UPSTREAM_READS_LATE -> up.pauseReading(late());
      default -> {}
    }
    LockSupport.parkNanos(life.toNanos() / 2);
    end();
    up.expectBeginning();
    down.expectBeginning();
  }

  private Duration late() {
    return Duration.ofMillis(random.nextInt(LONGEST_LATE_MS));
  }

  private void end() throws IOException {
    switch (fault) {
      case NONE, CLIENT_READS_LATE, UPSTREAM_READS_LATE, SENDS_IN_PIECES -> endInOrder();
      case CLIENT_CLOSES -> {
        up.stop();
        client.sendClose(1000, "enough");
        expectClose(up.end(), 1000, "enough");
        up.expectAll();
        answerClose(upstream, 1000);
        expectClose(down.end(), 1000, "enough");
      }
      case UPSTREAM_CLOSES -> {
        down.stop();
        upstream.sendClose(4000, "enough");
        expectClose(down.end(), 4000, "enough");
        down.expectAll();
        up.stop();
        answerClose(client, 4000);
      }
      case UPSTREAM_BREAKS_PROTOCOL -> {
        down.stop();
        upstream.send(0x83, new byte[3]);
        expectUpstreamFailed(down.end(), "upstream_lost");
        down.expectAll();
        up.stop();
        answerClose(client, 1011);
      }
      case CLIENT_BREAKS_PROTOCOL -> {
        up.stop();
        client.send(0x83, new byte[3]);
        expectClose(up.end(), 1001, "Client gone");
        up.expectAll();
        down.stop();
        assertThat(down.end().map(Frame::closeCode)).hasValue(1002);
      }
      case CLIENT_VANISHES -> {
        client.socket().close();
        expectClose(up.end(), 1001, "Client gone");
      }
      case CLIENT_RESETS -> {
        client.reset();
        expectClose(up.end(), 1001, "Client gone");
      }
      case CLIENT_LEAVES_A_RESPONSE -> leaveAResponse();
      case UPSTREAM_VANISHES -> {
        upstream.socket().close();
        expectUpstreamFailed(down.end(), "upstream_lost");
      }
      case UPSTREAM_RESETS -> {
        upstream.reset();
        expectUpstreamFailed(down.end(), "upstream_lost");
      }
      case UPSTREAM_REFUSES -> throw new AssertionError("it never lived");
    }
  }

  private void endInOrder() {
    up.stop();
    down.stop();
    up.awaitArrival();
    upstream.sendClose(1000, "over");
    expectClose(down.end(), 1000, "over");
    down.expectAll();
    answerClose(client, 1000);
    expectClose(up.end(), 1000, "over");
  }

  /** The gateway stays with the upstream until it knows what the response came to. */
  private void leaveAResponse() throws IOException {
    up.stop();
    client.send(ASK);
    assertThat(up.end().map(Frame::text)).hasValue(ASK);
    up.expectAll();
    down.stop();
    upstream.send(CREATED);
    assertThat(down.end().map(Frame::text)).hasValue(CREATED);
    down.expectAll();
    client.socket().close();
    assertThat(upstream.readText()).startsWith("{\"type\":\"response.cancel\"");
    upstream.send(DONE);
    assertThat(upstream.readClose().closeCode()).isEqualTo(1001);
  }

  /** In time, the gateway sees it; too late, it has closed the connection. */
  private static void answerClose(Wire wire, int code) {
    try {
      wire.sendClose(code, "");
    } catch (UncheckedIOException tooLate) {
      // Either is an end in order.
    }
  }

  private static void expectClose(Optional<Frame> end, int code, String reason) {
    assertThat(end).as("a close frame").isPresent();
    assertThat(end.get().isClose()).as(end.get().text()).isTrue();
    assertThat(end.get().closeCode()).isEqualTo(code);
    assertThat(end.get().closeReason()).isEqualTo(reason);
  }

  private void expectUpstreamFailed(Optional<Frame> end, String code) {
    assertThat(end).as("an error event").isPresent();
    assertThat(end.get().text()).contains("\"code\":\"" + code + "\"");
    assertThat(client.read().closeCode()).isEqualTo(1011);
  }
}
