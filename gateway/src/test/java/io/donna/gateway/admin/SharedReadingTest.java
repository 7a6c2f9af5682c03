package io.donna.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedReadingTest {
  private final AtomicInteger readings = new AtomicInteger();
  private final Semaphore allowed = new Semaphore(0);
  private final SharedReading<Integer> reading =
      new SharedReading<>(() -> {
        int number = readings.incrementAndGet();
        allowed.acquireUninterruptibly();
        return number;
      });

  @Test
  void readsTwiceForAnyNumberWhoAskAtOnce() throws Exception {
    CompletableFuture<Integer> first = reading.ask();
    List<CompletableFuture<Integer>> others = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      others.add(reading.ask());
    }
    allowed.release(2);

    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(1);
    for (CompletableFuture<Integer> other : others) {
      assertThat(other.get(10, TimeUnit.SECONDS)).isEqualTo(2);
    }
    allowed.release();
    assertThat(reading.get()).as("whoever asks later gets a reading of its own").isEqualTo(3);
  }

  @Test
  void readsOnAfterAFailure() throws Exception {
    SharedReading<Integer> failing =
        new SharedReading<>(() -> {
          if (readings.incrementAndGet() == 1) {
            throw new IllegalArgumentException("the first fails");
          }
          return readings.get();
        });

    assertThatThrownBy(failing::get).hasRootCauseMessage("the first fails");
    assertThat(failing.get()).isEqualTo(2);
  }
}
