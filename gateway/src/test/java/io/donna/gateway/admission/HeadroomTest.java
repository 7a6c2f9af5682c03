package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.websocket.BufferedBytesAccount;
import io.donna.gateway.websocket.HeldBytes;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HeadroomTest {
  private static final int MIB = 1 << 20;

  private final AtomicLong nanos = new AtomicLong();
  private final HeldBytes held = new HeldBytes(64 * MIB, nanos::get);
  private boolean toldToLetGo;

  private Headroom headroom(int heapUsed) {
    List<MemoryUsage> left = List.of(new MemoryUsage(0, heapUsed, heapUsed, 100));
    return new Headroom(
        new FileDescriptorBudget(10, 10), held, new Heap(() -> left, nanos::get, () -> {}));
  }

  @Test
  void endsTheLargestHolderWhenTheMemoryForMessagesIsScarce() {
    new BufferedBytesAccount(held, () -> toldToLetGo = true).set(33 * MIB);
    nanos.addAndGet(Duration.ofMinutes(1).toNanos());

    assertThat(headroom(1).isShortOfMemory(1)).isTrue();

    assertThat(toldToLetGo).isTrue();
  }

  @Test
  void endsNobodyWhileThereIsRoom() {
    new BufferedBytesAccount(held, () -> toldToLetGo = true).set(32 * MIB);
    nanos.addAndGet(Duration.ofMinutes(1).toNanos());

    assertThat(headroom(1).isShortOfMemory(1)).isFalse();

    assertThat(toldToLetGo).isFalse();
  }

  @Test
  void isShortOfMemoryWhenTheHeapIsNearlyFull() {
    assertThat(headroom(86).isShortOfMemory(1)).isTrue();
  }
}
