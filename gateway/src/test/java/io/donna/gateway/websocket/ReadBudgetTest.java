package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadBudgetTest {
  private final MockTicker clock = Ticker.newMockTicker();
  private final ReadBudget budget = new ReadBudget(clock);

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
    assertThat(framesUntilUsedUp(0)).isEqualTo(ReadBudget.MAX_UNITS);
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
    assertThat(framesUntilUsedUp(0)).isEqualTo(ReadBudget.MAX_UNITS);
  }
}
