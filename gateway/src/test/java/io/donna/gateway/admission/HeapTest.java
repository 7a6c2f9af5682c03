package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeapTest {
  private static final byte[] LIVE = new byte[16 << 20];
  private static final MemoryUsage FULL = pool(99, 100);
  private static final MemoryUsage EMPTY = pool(1, 100);

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // as nanoTime may be
  private final AtomicInteger collections = new AtomicInteger();
  private List<MemoryUsage> left = List.of(FULL);
  private final Heap heap = new Heap(() -> left, nanos::get, collections::incrementAndGet);

  private static MemoryUsage pool(long used, long max) {
    return new MemoryUsage(0, used, used, max);
  }

  @ParameterizedTest
  @CsvSource({"84, false", "85, false", "86, true", "100, true"})
  void isNearlyFullAboveEightyFivePercentOfAPool(int used, boolean full) {
    left = List.of(EMPTY, pool(used, 100));

    assertThat(heap.isNearlyFull(1)).isEqualTo(full);
  }

  @Test
  void isNeverFullWithoutALimit() {
    left = List.of(pool(100, -1));

    assertThat(heap.isNearlyFull(1)).isFalse();
  }

  @Test
  void staysFullAndStartsNoCollectionWhileNothingChanges() {
    for (int i = 0; i < 100; i++) {
      assertThat(heap.isNearlyFull(100)).isTrue();
    }

    assertThat(collections).hasValue(0);
  }

  @ParameterizedTest
  @CsvSource({"100, 90, 89", "9, 9, 8"})
  void startsACollectionWhenATenthOfTheSessionsHasEnded(int then, int tooMany, int few) {
    heap.isNearlyFull(then);
    heap.isNearlyFull(tooMany);
    assertThat(collections).hasValue(0);

    assertThat(heap.isNearlyFull(few)).isTrue();
    heap.isNearlyFull(few);

    assertThat(collections).hasValue(1);
  }

  @Test
  void startsACollectionAfterTenSecondsAndEveryTenSeconds() {
    heap.isNearlyFull(100);

    for (int times = 0; times < 3; times++) {
      nanos.addAndGet(Duration.ofSeconds(10).toNanos());
      heap.isNearlyFull(100);
      assertThat(collections).hasValue(times);
      nanos.addAndGet(1);
      assertThat(heap.isNearlyFull(100)).isTrue();
      assertThat(collections).hasValue(times + 1);
    }
  }

  @Test
  void startsNoCollectionWhenItFillsAgain() {
    heap.isNearlyFull(100);
    left = List.of(EMPTY);
    assertThat(heap.isNearlyFull(50)).isFalse();
    nanos.addAndGet(Duration.ofMinutes(1).toNanos());

    left = List.of(FULL);
    assertThat(heap.isNearlyFull(50)).isTrue();
    assertThat(heap.isNearlyFull(46)).isTrue();

    assertThat(collections).hasValue(0);
  }

  @Test
  void examinesOldObjectsThatACollectionHasLeft() {
    System.gc();

    assertThat(Heap.leftInOldPools()).hasSize(1);
    assertThat(Heap.leftInOldPools().getFirst().getUsed()).isGreaterThan(LIVE.length);
  }
}
