package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** At any value of {@link System#nanoTime}: only differences have a meaning. */
@ParameterizedClass
@ValueSource(longs = {0, -1, 3_600_000_000_000L, Long.MIN_VALUE, Long.MAX_VALUE - 5})
class RateBucketTest {
  private static final long SECOND = 1_000_000_000;
  private static final long FORGOTTEN = 300 * SECOND;
  private static final Duration BACK_OFF = Duration.ofSeconds(1);

  private final long start;
  private final RateBucket bucket;

  RateBucketTest(long start) {
    this.start = start;
    this.bucket = new RateBucket(start);
  }

  private long waitAfter(long nanos) {
    return Math.max(0, bucket.waitFor(60, start + nanos));
  }

  private void failTwice(long firstAfter, long secondAfter) {
    bucket.failed(BACK_OFF, start + firstAfter);
    bucket.failed(BACK_OFF, start + secondAfter);
  }

  @Test
  void holdsAMinutesWorthAndRefillsEvenly() {
    for (int i = 0; i < 60; i++) {
      assertThat(waitAfter(0)).isZero();
      bucket.take(60, start);
    }

    assertThat(waitAfter(0)).isEqualTo(SECOND);
    assertThat(waitAfter(SECOND - 1)).isEqualTo(1);
    assertThat(waitAfter(SECOND)).isZero();
  }

  @Test
  void savesNothingUpBeyondAMinutesWorth() {
    bucket.take(60, start);
    for (int i = 0; i < 60; i++) {
      bucket.take(60, start + 600 * SECOND);
    }

    assertThat(waitAfter(600 * SECOND)).isEqualTo(SECOND);
  }

  @Test
  void givesBackOneAtATime() {
    for (int i = 0; i < 60; i++) {
      bucket.take(60, start);
    }

    bucket.giveBack(60);
    assertThat(waitAfter(0)).isZero();
    bucket.take(60, start);

    assertThat(waitAfter(0)).isEqualTo(SECOND);
  }

  @Test
  void backsOffAfterFailuresThatAreFiveMinutesApart() {
    failTwice(0, FORGOTTEN);

    assertThat(waitAfter(FORGOTTEN)).isEqualTo(SECOND);
    assertThat(waitAfter(FORGOTTEN + SECOND)).isZero();
  }

  @Test
  void doesNotBackOffAfterFailuresThatAreFurtherApart() {
    failTwice(0, FORGOTTEN + 1);

    assertThat(waitAfter(FORGOTTEN + 1)).isZero();
  }

  @Test
  void isIdleUntilItIsUsed() {
    assertThat(bucket.isIdle(start)).isTrue();
    assertThat(bucket.isIdle(start + FORGOTTEN)).isTrue();
  }

  @Test
  void isIdleAsSoonAsItIsFullAgain() {
    bucket.take(60, start);

    assertThat(bucket.isIdle(start)).isFalse();
    assertThat(bucket.isIdle(start + SECOND - 1)).isFalse();
    assertThat(bucket.isIdle(start + SECOND)).isTrue();
  }

  @Test
  void isNotIdleUntilItsLastFailureIsForgotten() {
    bucket.failed(BACK_OFF, start);

    assertThat(bucket.isIdle(start)).isFalse();
    assertThat(bucket.isIdle(start + FORGOTTEN)).isFalse();
    assertThat(bucket.isIdle(start + FORGOTTEN + 1)).isTrue();
  }

  @Test
  void isNotIdleWhileItBacksOffEvenAfterASuccess() {
    failTwice(0, 0);
    bucket.succeeded();

    assertThat(bucket.isIdle(start)).isFalse();
    assertThat(bucket.isIdle(start + SECOND - 1)).isFalse();
    assertThat(bucket.isIdle(start + SECOND)).isTrue();
  }
}
