package io.donna.gateway.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Whatever one session has to be judged, the next one waits for a slice of it. */
class JudgingQueueTest {
  private final Queue<Runnable> ready = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();

  private JudgingQueue.Work work(String name, int slices) {
    return new JudgingQueue.Work() {
      private int left = slices;

      @Override
      public boolean runSlice() {
        done.add(name);
        return --left == 0;
      }
    };
  }

  private void runAll() {
    for (Runnable next = ready.poll(); next != null; next = ready.poll()) {
      next.run();
    }
  }

  @Test
  void takesTurnsWithOtherSessions() {
    JudgingQueue one = new JudgingQueue(ready::add);
    JudgingQueue other = new JudgingQueue(ready::add);
    one.add(work("long", 3));
    one.add(work("second", 1));
    other.add(work("short", 1));

    runAll();

    assertThat(done).containsExactly("long", "short", "long", "long", "second");
  }

  @Test
  void isWaitingOnceHoweverMuchItHasToDo() {
    JudgingQueue one = new JudgingQueue(ready::add);
    for (int i = 0; i < 1_000; i++) {
      one.add(work("w", 1));
    }
    assertThat(ready).hasSize(1);
    runAll();
    assertThat(done).hasSize(1_000);
  }

  @Test
  void forgetsWhatNobodyWaitsFor() {
    JudgingQueue one = new JudgingQueue(ready::add);
    JudgingQueue.Work first = work("first", 1);
    one.add(first);
    one.add(work("second", 1));
    one.cancel(first);

    runAll();

    assertThat(done).containsExactly("second");
  }

  @Test
  void interruptsWhatRunsAndNothingBehindIt() throws InterruptedException {
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      JudgingQueue one = new JudgingQueue(threads);
      CountDownLatch begun = new CountDownLatch(1);
      AtomicBoolean nextWasInterrupted = new AtomicBoolean();
      CountDownLatch over = new CountDownLatch(1);
      JudgingQueue.Work endless =
          () -> {
            begun.countDown();
            return false;
          };
      one.add(endless);
      one.add(() -> {
        nextWasInterrupted.set(Thread.currentThread().isInterrupted());
        over.countDown();
        return true;
      });
      begun.await();

      one.cancel(endless);

      await().until(() -> over.getCount() == 0);
      assertThat(nextWasInterrupted).isFalse();
    }
  }

  @Test
  void goesOnBehindWorkThatFails() {
    JudgingQueue one = new JudgingQueue(ready::add);
    one.add(() -> {
      throw new IllegalStateException("a defect");
    });
    one.add(work("next", 1));
    for (Runnable next = ready.poll(); next != null; next = ready.poll()) {
      try {
        next.run();
      } catch (IllegalStateException defect) {
        done.add("defect");
      }
    }
    assertThat(done).containsExactly("defect", "next");
  }
}
