package io.donna.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateBucketsTest {
  private static final long SECOND = 1_000_000_000;
  private static final int PLACES = 8;

  /** Two a minute: one, then another at once or at any time, then one every 30 seconds. */
  private final RateBuckets buckets = new RateBuckets(2, Duration.ofSeconds(1));

  /**
   * Uses up the keys from {@code first} to 7. They share a row, which a key's first bits select.
   */
  private void useUp(int first, long now) {
    for (int key = first; key < PLACES; key++) {
      assertThat(buckets.take(key, now)).isZero();
      assertThat(buckets.take(key, now)).isZero();
    }
  }

  @Test
  void aNewKeyWaitsUntilTheFirstOfEightHasOneLeft() {
    buckets.take(0, 0);
    buckets.take(0, 0);
    useUp(1, 10 * SECOND);

    assertThat(buckets.take(8, 20 * SECOND)).isEqualTo(10 * SECOND);
    assertThat(buckets.take(8, 30 * SECOND - 1)).isEqualTo(1);
  }

  @Test
  void aNewKeyIsCountedInTheEntryThatItTakesOver() {
    useUp(0, 0);

    long now = 30 * SECOND;
    assertThat(buckets.take(8, now)).isZero();
    assertThat(buckets.take(8, now)).isZero();
    assertThat(buckets.take(8, now)).isEqualTo(30 * SECOND);
  }

  @Test
  void aNewKeyTakesOverAnIdleEntryBeforeOneThatRemembersAFailure() {
    buckets.failed(0, 0);
    for (int key = 1; key < PLACES; key++) {
      buckets.take(key, 0);
    }
    long now = 100 * SECOND;

    buckets.take(8, now);

    buckets.failed(0, now);
    assertThat(buckets.take(0, now)).as("backs off after the second failure").isEqualTo(SECOND);
  }

  @Test
  void aFullRowKeepsNoKeyOfAnotherRowWaiting() {
    useUp(0, 0);

    for (long row = 1; row < 1 << 13; row++) {
      assertThat(buckets.take(row << (Long.SIZE - 13), 0)).isZero();
    }
  }

  @Test
  void nobodyCanPredictTheRowOfAName() {
    byte[] name = "ann".getBytes(UTF_8);

    assertThat(buckets.key(name)).isEqualTo(buckets.key(name));
    assertThat(buckets.key(name)).isNotEqualTo(new RateBuckets(2, Duration.ZERO).key(name));
  }
}
