package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReadTimeSliceTest {
  private final MockTicker clock = Ticker.newMockTicker();
  private final ReadTimeSlice budget = new ReadTimeSlice(clock);

  private int framesUntilUsedUp(long nanosAFrame) {
    return framesUntilUsedUp(nanosAFrame, 100);
  }

  private int framesUntilUsedUp(long nanosAFrame, int bytesAFrame) {
    for (int frames = 1; frames <= 10_000; frames++) {
      budget.spendFrame(bytesAFrame);
      clock.advance(nanosAFrame, TimeUnit.NANOSECONDS);
      if (budget.isUsedUp()) {
        return frames;
      }
    }
    throw new AssertionError("never used up");
  }

  @Test
  void isUsedUpByManyFramesHoweverFast() {
    assertThat(framesUntilUsedUp(0)).isEqualTo(ReadTimeSlice.MAX_UNITS);
  }

  @Test
  void isUsedUpByTimeWhereFramesCostMore() {
    // Half a millisecond of 10 us each, looked at every 16, from the first look on.
    assertThat(framesUntilUsedUp(10_000)).isBetween(50, 80);
  }

  /** 8 kB can be 4,000 values, and a millisecond of work. */
  @Test
  void isUsedUpByFewLargeFramesThatTakeLong() {
    assertThat(framesUntilUsedUp(1_000_000, 8_000)).isLessThanOrEqualTo(3);
  }

  @Test
  void isUsedUpByBytesWhateverTheyAre() {
    for (int kilobytes = 0; kilobytes < 4_096; kilobytes += 64) {
      assertThat(budget.isUsedUp()).isFalse();
      budget.spendBytes(64 * 1024);
    }

    assertThat(budget.isUsedUp()).isTrue();
  }

  @Test
  void isWholeAgainInTheNextTurn() {
    framesUntilUsedUp(0);

    budget.renew();

    assertThat(budget.isUsedUp()).isFalse();
    assertThat(framesUntilUsedUp(0)).isEqualTo(ReadTimeSlice.MAX_UNITS);
  }

  /** A read of a message of audio costs no look at the clock. */
  @Test
  void looksAtTheClockOnceInSixteenUnitsAndForEachLargeFrameAfterTheFirst() {
    AtomicInteger looks = new AtomicInteger();
    ReadTimeSlice counted =
        new ReadTimeSlice(
            new Ticker() {
              @Override
              public long initialNanoTime() {
                return 0;
              }

              @Override
              public long nanoTime() {
                looks.incrementAndGet();
                return 0;
              }

              @Override
              public void sleep(long delay, TimeUnit unit) {
                throw new UnsupportedOperationException();
              }
            });
    counted.spendFrame(16_200);
    for (int i = 0; i < 14; i++) {
      counted.spendFrame(1_023);
    }
    assertThat(looks).hasValue(0);
    counted.spendFrame(100);
    assertThat(looks).hasValue(1);
    for (int i = 0; i < 15; i++) {
      counted.spendFrame(100);
    }
    assertThat(looks).hasValue(1);
    counted.spendFrame(100);
    assertThat(looks).hasValue(2);
    counted.spendFrame(1_024);
    assertThat(looks).hasValue(3);
    counted.renew();
    counted.spendFrame(1_024);
    assertThat(looks).hasValue(3);
    counted.spendBytes(15 * 4_096 - 1);
    assertThat(looks).hasValue(3);
    counted.spendBytes(4_096);
    assertThat(looks).hasValue(4);
  }

  @Test
  void isUsedUpAtHalfAMillisecondFromItsFirstLook() {
    clock.advance(7, TimeUnit.SECONDS);
    budget.spendBytes(64 * 1024);
    clock.advance(ReadTimeSlice.MAX_NANOS - 1, TimeUnit.NANOSECONDS);
    budget.spendBytes(64 * 1024);
    assertThat(budget.isUsedUp()).isFalse();
    clock.advance(1, TimeUnit.NANOSECONDS);
    budget.spendBytes(64 * 1024);
    assertThat(budget.isUsedUp()).isTrue();
    budget.renew();
    budget.spendBytes(64 * 1024);
    assertThat(budget.isUsedUp()).isFalse();
  }
}
