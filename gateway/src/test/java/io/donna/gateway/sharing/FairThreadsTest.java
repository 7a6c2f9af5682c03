package io.donna.gateway.sharing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Whatever one user has to be done, the next one waits for one piece of it. */
class FairThreadsTest {
  private final Queue<Runnable> pool = new ArrayDeque<>();
  private final FairThreads threads = new FairThreads(pool::add);
  private final List<String> done = new ArrayList<>();

  private void give(String account, String work) {
    threads.shareOf(account).execute(() -> done.add(work));
  }

  private void runAll() {
    for (Runnable turn = pool.poll(); turn != null; turn = pool.poll()) {
      turn.run();
    }
  }

  @Test
  void takesTurnsBetweenAccounts() {
    give("a", "a1");
    give("a", "a2");
    give("a", "a3");
    give("b", "b1");
    give("c", "c1");
    give("b", "b2");

    runAll();

    assertThat(done).containsExactly("a1", "b1", "c1", "a2", "b2", "a3");
  }

  @Test
  void doesOnePieceForOneWhateverAnotherHasWaitingInHoweverManyShares() {
    for (int session = 0; session < 1_000; session++) {
      give("hog", "hog");
    }
    give("voice", "voice");

    pool.remove().run();
    pool.remove().run();

    assertThat(done).containsExactly("hog", "voice");
  }

  /** As those do that work in slices. */
  @Test
  void putsWhatGivesItselfAgainBehindTheOthers() {
    Executor share = threads.shareOf("slices");
    share.execute(() -> {
      done.add("slice 1");
      share.execute(() -> done.add("slice 2"));
    });
    give("slices", "another session's");
    give("other", "other");

    runAll();

    assertThat(done).containsExactly("slice 1", "other", "another session's", "slice 2");
  }

  @Test
  void losesNothingWherePiecesFail() {
    threads
        .shareOf("a")
        .execute(() -> {
          throw new IllegalStateException("a defect");
        });
    give("a", "next");
    for (Runnable turn = pool.poll(); turn != null; turn = pool.poll()) {
      try {
        turn.run();
      } catch (IllegalStateException defect) {
        done.add("defect");
      }
    }

    assertThat(done).containsExactly("defect", "next");
  }

  @Test
  void worksOnThreadsOfItsOwnUntilItIsClosed() throws InterruptedException {
    FairThreads own = new FairThreads("fair", 2);
    CountDownLatch all = new CountDownLatch(1_000);
    for (int i = 0; i < 1_000; i++) {
      own.shareOf("account " + i % 10).execute(all::countDown);
    }
    all.await();

    own.close();

    assertThatExceptionOfType(RejectedExecutionException.class)
        .isThrownBy(() -> own.shareOf("late").execute(() -> {}));
  }
}
