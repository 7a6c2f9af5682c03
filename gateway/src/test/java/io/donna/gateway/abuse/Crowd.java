package io.donna.gateway.abuse;

import io.donna.gateway.kit.TestClient;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Many clients who want in at once, and what became of them. */
final class Crowd implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** The status of one whose connection ended without an answer. */
  static final int NO_ANSWER = 0;

  private final Queue<TestClient> inside = new ConcurrentLinkedQueue<>();
  private final Map<Integer, Integer> answers = new ConcurrentHashMap<>();

  /** {@code size} clients come by {@code door}, evenly within {@code time}. */
  static Crowd rush(int size, Duration time, Supplier<TestClient> door) throws Exception {
    Crowd crowd = new Crowd();
    CountDownLatch all = new CountDownLatch(size);
    long begun = System.nanoTime();
    for (int i = 0; i < size; i++) {
      long turn = begun + time.toNanos() / size * i;
      while (System.nanoTime() < turn) {
        LockSupport.parkNanos(turn - System.nanoTime());
      }
      Thread.ofVirtual()
          .start(() -> {
            crowd.knock(door);
            all.countDown();
          });
    }
    if (!all.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError(all.getCount() + " of " + size + " got no answer");
    }
    return crowd;
  }

  /**
   * Clients come by {@code door} until {@code refusals} of them were refused, or {@code most} have
   * come: as fast as they are answered, with {@code waiting} of them who wait for theirs.
   */
  static Crowd press(int most, int refusals, int waiting, Supplier<TestClient> door)
      throws Exception {
    Crowd crowd = new Crowd();
    Semaphore places = new Semaphore(waiting);
    for (int i = 0; i < most && crowd.answers.getOrDefault(503, 0) < refusals; i++) {
      if (!places.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError(waiting + " got no answer");
      }
      Thread.ofVirtual()
          .start(() -> {
            crowd.knock(door);
            places.release();
          });
    }
    if (!places.tryAcquire(waiting, PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("some of the last " + waiting + " got no answer");
    }
    return crowd;
  }

  private void knock(Supplier<TestClient> door) {
    int status = NO_ANSWER;
    try {
      TestClient client = door.get();
      status = client.status();
      if (status == 101) {
        inside.add(client);
      } else {
        client.close();
      }
    } catch (UncheckedIOException noAnswer) {
      status = NO_ANSWER;
    }
    answers.merge(status, 1, Integer::sum);
  }

  /** How many got which status. */
  Map<Integer, Integer> answers() {
    return answers;
  }

  List<TestClient> inside() {
    return List.copyOf(inside);
  }

  /** Takes one out, who is to be closed by whoever asked. */
  Optional<TestClient> pick() {
    return Optional.ofNullable(inside.poll());
  }

  @Override
  public void close() {
    inside.forEach(TestClient::close);
  }
}
