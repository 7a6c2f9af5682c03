package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.websocket.Liveness.Finding;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks at the pace of a leg: a quarter of the shorter time, and never early. */
class LivenessTest {
  private static final int PIECE = (int) StallDetector.MIN_BYTES;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Liveness liveness = liveness(40, 60);

  private Liveness liveness(int keepAliveSeconds, int stallSeconds) {
    channel.freezeTime();
    return new Liveness(
        channel, Duration.ofSeconds(keepAliveSeconds), Duration.ofSeconds(stallSeconds));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void pass(long seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
  }

  private Finding check() {
    return liveness.check(true, true, false);
  }

  private void setWritable(boolean writable) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
  }

  @ParameterizedTest
  @CsvSource({"40, 60, 10", "60, 40, 10", "120, 120, 30"})
  void isCheckedFourTimesWithinTheShorterTime(int keepAlive, int stall, int seconds) {
    assertThat(liveness(keepAlive, stall).intervalNanos())
        .isEqualTo(TimeUnit.SECONDS.toNanos(seconds));
  }

  @Test
  void isPingedWhileSilentAndGoneAfterTheKeepAliveTime() {
    List<Finding> found = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      pass(10);
      found.add(check());
    }

    assertThat(found).containsExactly(Finding.PING, Finding.PING, Finding.PING, Finding.GONE);
  }

  /** Checks run late, never early: half an interval before the time is not the time. */
  @Test
  void isNotGoneBeforeItsTime() {
    pass(10);
    check();
    pass(24);
    assertThat(check()).isEqualTo(Finding.PING);
    pass(1);

    assertThat(check()).isEqualTo(Finding.GONE);
  }

  @Test
  void isNotPingedTwiceInAnInterval() {
    pass(10);
    assertThat(check()).isEqualTo(Finding.PING);
    pass(9);
    assertThat(check()).isEqualTo(Finding.ALIVE);
    pass(1);
    assertThat(check()).isEqualTo(Finding.PING);
  }

  @Test
  void isAliveForEverWhileItIsHeardOrTakesOrIsNotRead() {
    for (int i = 0; i < 12; i++) {
      pass(10);
      switch (i % 2) {
        case 0 -> liveness.onReceived(1);
        default -> liveness.onWritable();
      }
      assertThat(check()).isEqualTo(Finding.ALIVE);
    }
    for (int i = 0; i < 12; i++) {
      pass(10);
      assertThat(liveness.check(true, false, true)).isEqualTo(Finding.ALIVE);
    }
  }

  /** A ping would wait behind the rest, and say nothing. */
  @Test
  void isNotPingedWhileItDoesNotTakeWhatWaits() {
    setWritable(false);
    pass(10);
    assertThat(check()).isEqualTo(Finding.ALIVE);
    setWritable(true);
    assertThat(check()).isEqualTo(Finding.PING);
  }

  @Test
  void needOnlyAnswerOnceItsWebSocketCloses() {
    setWritable(false);
    for (int i = 0; i < 3; i++) {
      pass(10);
      assertThat(liveness.check(false, true, true)).isEqualTo(Finding.ALIVE);
    }
    pass(10);

    assertThat(liveness.check(false, true, true)).isEqualTo(Finding.GONE);
  }

  @Test
  void mustTakeWhatWaitsWithinTheStallTimeThoughItSpeaks() {
    setWritable(false);
    for (int i = 0; i <= 5; i++) {
      pass(10);
      liveness.onReceived(1);
      assertThat(check()).isEqualTo(Finding.ALIVE);
    }
    pass(10);
    liveness.onReceived(1);

    assertThat(check()).isEqualTo(Finding.NOT_TAKING);
  }

  @Test
  void mayTakeItsTimeAgainOnceItHasTakenAll() {
    setWritable(false);
    for (int i = 0; i < 20; i++) {
      pass(10);
      liveness.onReceived(1);
      if (i % 5 == 4) {
        setWritable(true);
        liveness.onWritable();
        setWritable(false);
      }
      assertThat(check()).isEqualTo(Finding.ALIVE);
    }
  }

  @Test
  void mustFinishAMessageWithinTheStallTimeThoughItPongs() {
    for (int i = 0; i <= 5; i++) {
      pass(10);
      liveness.onReceived(2);
      assertThat(liveness.check(true, true, true)).isEqualTo(Finding.ALIVE);
    }
    pass(10);
    liveness.onReceived(2);

    assertThat(liveness.check(true, true, true)).isEqualTo(Finding.NOT_FINISHING);
  }

  @Test
  void mayTakeItsTimeForEachMessage() {
    for (int i = 0; i < 20; i++) {
      pass(10);
      liveness.onReceived(2);
      if (i % 5 == 4) {
        liveness.onFinished();
      }
      assertThat(liveness.check(true, true, true)).isEqualTo(Finding.ALIVE);
    }
    for (int i = 0; i < 20; i++) {
      pass(10);
      liveness.onReceived(2);
      assertThat(liveness.check(true, true, i % 5 != 4)).isEqualTo(Finding.ALIVE);
    }
    for (int i = 0; i < 20; i++) {
      pass(10);
      liveness.onReceived(2);
      assertThat(liveness.check(true, i % 5 != 4, true)).isEqualTo(Finding.ALIVE);
    }
  }

  /** 16 KiB in each stall time, and half of a voice's rate once it has passed. */
  @ParameterizedTest
  @CsvSource({
    "59, 0, false", // less than the time
    "60, 0, true",
    "60, 16383, true",
    "60, 16384, false",
    "61, 32767, true", // a second late
    "61, 32768, false",
    "70, 327679, true",
    "70, 327680, false",
  })
  void stallsWhenTooLittleMovesInItsTime(int seconds, long moved, boolean stalls) {
    StallDetector detector = new StallDetector(TimeUnit.SECONDS.toNanos(60));
    long origin = 1L << 40;
    assertThat(detector.isStalled(origin, 0)).isFalse();

    assertThat(detector.isStalled(origin + moved, TimeUnit.SECONDS.toNanos(seconds)))
        .isEqualTo(stalls);
  }

  @Test
  void stallsOnlyByWhatMovesFromItsBegin() {
    StallDetector detector = new StallDetector(TimeUnit.SECONDS.toNanos(60));
    detector.isStalled(0, 0);
    assertThat(detector.isStalled(PIECE, TimeUnit.SECONDS.toNanos(59))).isFalse();
    assertThat(detector.isStalled(PIECE, TimeUnit.SECONDS.toNanos(60))).isFalse();
    assertThat(detector.isStalled(PIECE, TimeUnit.SECONDS.toNanos(61))).isTrue();
    detector.clear();
    assertThat(detector.isStalled(PIECE, TimeUnit.SECONDS.toNanos(100))).isFalse();
    assertThat(detector.isStalled(PIECE, TimeUnit.SECONDS.toNanos(159))).isFalse();
    assertThat(detector.isStalled(PIECE, TimeUnit.SECONDS.toNanos(160))).isTrue();
  }
}
