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
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** One session of the soak from its 101 to its end, and what must hold at that end. */
final class SoakSession {
  private static final int UP_BYTES = 6_400;
  private static final int DOWN_BYTES = 16_200;
  private static final Duration LONGEST_LATE = Duration.ofSeconds(2);

  private final TestClient client;
  private final TestUpstream.Connection upstream;
  private final SoakFault fault;
  private final Random random;
  private final Flow up;
  private final Flow down;

  SoakSession(
      TestClient client,
      TestUpstream.Connection upstream,
      SoakFault fault,
      Random random,
      LongSupplier pauseNanos,
      LongAdder delivered) {
    this.client = client;
    this.upstream = upstream;
    this.fault = fault;
    this.random = random;
    boolean chops = fault == SoakFault.SENDS_IN_PIECES;
    this.up =
        new Flow(
            client,
            upstream,
            UP_BYTES,
            new Random(random.nextLong()),
            chops,
            pauseNanos,
            delivered);
    this.down =
        new Flow(
            upstream,
            client,
            DOWN_BYTES,
            new Random(random.nextLong()),
            chops,
            pauseNanos,
            delivered);
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
  }

  private Duration late() {
    return Duration.ofMillis(random.nextLong(LONGEST_LATE.toMillis()));
  }

  private void end() throws IOException {
    switch (fault) {
      case NONE, CLIENT_READS_LATE, UPSTREAM_READS_LATE, SENDS_IN_PIECES -> {
        up.stop();
        down.stop();
        up.awaitArrival();
        upstream.sendClose(1000, "over");
        expectClose(down.end(), 1000, "over");
        assertThat(down.received()).as("all of the upstream's").isEqualTo(down.sent());
        answerClose(client, 1000);
        expectClose(up.end(), 1000, "over");
      }
      case CLIENT_CLOSES -> {
        up.stop();
        client.sendClose(1000, "enough");
        expectClose(up.end(), 1000, "enough");
        assertThat(up.received()).as("all of the client's").isEqualTo(up.sent());
        answerClose(upstream, 1000);
        expectClose(down.end(), 1000, "enough");
      }
      case UPSTREAM_CLOSES -> {
        down.stop();
        upstream.sendClose(4000, "enough");
        expectClose(down.end(), 4000, "enough");
        assertThat(down.received()).as("all of the upstream's").isEqualTo(down.sent());
        up.stop();
        answerClose(client, 4000);
      }
      case UPSTREAM_BREAKS_PROTOCOL -> {
        down.stop();
        upstream.send(0x83, new byte[3]);
        expectUpstreamFailed(down.end(), "upstream_lost");
        assertThat(down.received()).as("all of the upstream's").isEqualTo(down.sent());
        up.stop();
        answerClose(client, 1011);
      }
      case CLIENT_BREAKS_PROTOCOL -> {
        up.stop();
        client.send(0x83, new byte[3]);
        expectClose(up.end(), 1001, "Client gone");
        down.stop();
        assertThat(down.end())
            .hasValueSatisfying(close -> assertThat(close.closeCode()).isEqualTo(1002));
      }
      case CLIENT_VANISHES -> {
        client.socket().close();
        expectClose(up.end(), 1001, "Client gone");
      }
      case CLIENT_RESETS -> {
        client.reset();
        expectClose(up.end(), 1001, "Client gone");
      }
      case UPSTREAM_VANISHES -> {
        upstream.socket().close();
        expectUpstreamFailed(down.end(), "upstream_lost");
      }
      case UPSTREAM_RESETS -> {
        upstream.reset();
        expectUpstreamFailed(down.end(), "upstream_lost");
      }
      case UPSTREAM_REFUSES -> throw new AssertionError("never opened");
    }
    assertThat(up.received()).isLessThanOrEqualTo(up.sent() + 1);
    assertThat(down.received()).isLessThanOrEqualTo(down.sent() + 1);
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
