package io.donna.gateway.cluster.redis;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether claims are asked of Redis, and who is told when that changes. The cluster's thread turns
 * it on, and it or unanswered claims turn it off. Safe from any thread.
 */
final class RedisAvailability {
  private static final Logger LOG = LoggerFactory.getLogger(RedisAvailability.class);

  /** After so many claims in a row without an answer, no further one waits. */
  private static final int MOST_UNANSWERED = 3;

  private final boolean failsClosed;
  private final IntSupplier replicas;
  private final List<Consumer<Boolean>> listeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger unanswered = new AtomicInteger();
  private volatile boolean answering;

  /** The {@code nanoTime} at which it was turned off last. */
  private volatile long offSince = System.nanoTime();

  /** Whether operators know of {@link #answering}; guarded by this. */
  private boolean reported;

  /**
   * Off, as long as nobody has turned it on.
   *
   * @param failsClosed whether new sessions are refused meanwhile
   * @param replicas the number of replicas, as it was last known
   */
  RedisAvailability(boolean failsClosed, IntSupplier replicas) {
    this.failsClosed = failsClosed;
    this.replicas = replicas;
  }

  boolean isAnswering() {
    return answering;
  }

  /** How long it has been off; zero while it is on. */
  Duration outage() {
    return answering ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - offSince);
  }

  /** Calls {@code listener}, which must not block, after each change. */
  void onChange(Consumer<Boolean> listener) {
    listeners.add(listener);
  }

  /** A claim was answered in time. */
  void answered() {
    unanswered.set(0);
  }

  /** A claim was not answered in time. */
  void unanswered(Throwable why) {
    if (unanswered.incrementAndGet() >= MOST_UNANSWERED) {
      turnOff(why);
    }
  }

  void turnOn() {
    if (change(true)) {
      LOG.info("limits are shared through Redis, by {} replicas", replicas.getAsInt());
      listeners.forEach(listener -> listener.accept(true));
    }
  }

  void turnOff(Throwable why) {
    if (!change(false)) {
      return;
    }
    String words = RedisFault.words(why);
    if (failsClosed) {
      LOG.error("Redis cannot be used, so new sessions are refused: {}", words);
    } else {
      LOG.error(
          "Redis cannot be used, so this replica grants 1/{} of each limit: {}",
          replicas.getAsInt(),
          words);
    }
    listeners.forEach(listener -> listener.accept(false));
  }

  /** Whether that is news. */
  private synchronized boolean change(boolean now) {
    boolean isNews = answering != now || !reported;
    if (answering && !now) {
      offSince = System.nanoTime();
    }
    answering = now;
    reported = true;
    unanswered.set(0);
    return isNews;
  }
}
