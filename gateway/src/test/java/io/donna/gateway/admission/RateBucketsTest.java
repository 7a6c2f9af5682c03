package io.donna.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateBucketsTest {
  private static final long SECOND = 1_000_000_000;
  private static final int PLACES = 8;

  /** Two a minute: one, then another at once or at any time, then one every 30 seconds. */
  private final RateBuckets buckets = new RateBuckets(2, Duration.ofSeconds(1), this::clock);

  private final AtomicLong clock = new AtomicLong();

  private long clock() {
    return clock.get();
  }

  private long take(long key, long now) {
    clock.set(now);
    return buckets.take(key);
  }

  private void failed(long key, long now) {
    clock.set(now);
    buckets.failed(key);
  }

  /**
   * Uses up the keys from {@code first} to 7. They share a row, which a key's first bits select.
   */
  private void useUp(int first, long now) {
    for (int key = first; key < PLACES; key++) {
      assertThat(take(key, now)).isZero();
      assertThat(take(key, now)).isZero();
    }
  }

  @Test
  void aNewKeyWaitsUntilTheFirstOfEightHasOneLeft() {
    take(0, 0);
    take(0, 0);
    useUp(1, 10 * SECOND);

    assertThat(take(8, 20 * SECOND)).isEqualTo(10 * SECOND);
    assertThat(take(8, 30 * SECOND - 1)).isEqualTo(1);
  }

  @Test
  void aNewKeyIsCountedInTheEntryThatItTakesOver() {
    useUp(0, 0);

    long now = 30 * SECOND;
    assertThat(take(8, now)).isZero();
    assertThat(take(8, now)).isZero();
    assertThat(take(8, now)).isEqualTo(30 * SECOND);
  }

  @Test
  void aNewKeyTakesOverAnIdleEntryBeforeOneThatRemembersAFailure() {
    failed(0, 0);
    for (int key = 1; key < PLACES; key++) {
      take(key, 0);
    }
    long now = 100 * SECOND;

    take(8, now);

    failed(0, now);
    assertThat(take(0, now)).as("backs off after the second failure").isEqualTo(SECOND);
  }

  @Test
  void aFullRowKeepsNoKeyOfAnotherRowWaiting() {
    useUp(0, 0);

    for (long row = 1; row < 1 << 13; row++) {
      assertThat(take(row << (Long.SIZE - 13), 0)).isZero();
    }
  }

  @Test
  void nobodyCanPredictTheRowOfAName() {
    byte[] name = "ann".getBytes(UTF_8);

    assertThat(buckets.key(name)).isEqualTo(buckets.key(name));
    assertThat(buckets.key(name))
        .isNotEqualTo(new RateBuckets(2, Duration.ZERO, System::nanoTime).key(name));
  }

  /**
   * A thread may read the clock, be overtaken by another that makes the bucket, and only then ask.
   */
  @Test
  void nobodyIsRefusedAsAnotherThreadHasJustMadeTheBucket() throws InterruptedException {
    for (int i = 0; i < 2_000; i++) {
      RateBuckets shared = new RateBuckets(10, Duration.ofSeconds(1), System::nanoTime);
      AtomicLong refused = new AtomicLong();
      CountDownLatch go = new CountDownLatch(1);
      Runnable ask =
          () -> {
            while (go.getCount() > 0) {
              Thread.onSpinWait();
            }
            refused.addAndGet(shared.take(1));
          };
      Thread one = Thread.ofPlatform().start(ask);
      Thread other = Thread.ofPlatform().start(ask);
      go.countDown();
      one.join();
      other.join();

      assertThat(refused).hasValue(0);
    }
  }
}
