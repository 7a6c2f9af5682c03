package io.donna.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.Wire;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** One direction of a session: a side that sends numbered messages, and a side that checks them. */
final class Flow {
  private static final long PATIENCE_S = 60;

  private final Wire from;
  private final Wire to;
  private final int usualBytes;
  private final RandomGenerator random;
  private final boolean chops;
  private final LongSupplier pauseNanos;
  private final LongAdder delivered;
  private final CompletableFuture<Void> sending = new CompletableFuture<>();
  private final CompletableFuture<Optional<Frame>> reading = new CompletableFuture<>();

  private volatile boolean stopped;
  private volatile long readAgainAt = System.nanoTime();
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger received = new AtomicInteger();

  /**
   * A flow that has not begun.
   *
   * @param chops whether frames go out in pieces
   * @param pauseNanos how long to wait between two messages
   * @param delivered counts what arrived as it was sent
   */
  Flow(
      Wire from,
      Wire to,
      int usualBytes,
      RandomGenerator random,
      boolean chops,
      LongSupplier pauseNanos,
      LongAdder delivered) {
    this.from = from;
    this.to = to;
    this.usualBytes = usualBytes;
    this.random = random;
    this.chops = chops;
    this.pauseNanos = pauseNanos;
    this.delivered = delivered;
  }

  void begin(Executor threads) {
    threads.execute(() ->
        complete(
            sending,
            () -> {
              send();
              return null;
            }));
    threads.execute(() -> complete(reading, this::read));
  }

  private interface Work<T> {
    T run() throws Exception;
  }

  private static <T> void complete(CompletableFuture<T> future, Work<T> work) {
    try {
      future.complete(work.run());
    } catch (Exception | AssertionError e) {
      future.completeExceptionally(e);
    }
  }

  private void send() {
    try {
      while (!stopped) {
        byte[] frame = from.encode(0x81, Numbered.message(sent.get(), usualBytes, random));
        if (chops) {
          int cut = random.nextInt(frame.length);
          from.sendRaw(Arrays.copyOf(frame, cut));
          LockSupport.parkNanos(random.nextInt(2_000_000));
          from.sendRaw(Arrays.copyOfRange(frame, cut, frame.length));
        } else {
          from.sendRaw(frame);
        }
        sent.incrementAndGet();
        LockSupport.parkNanos(pauseNanos.getAsLong());
      }
    } catch (UncheckedIOException over) {
      // The connection ended, as faults make it. Where it must not have, the counts will show.
    }
  }

  /** Checks messages up to the first that is none; returns it, or nothing where all just ended. */
  private Optional<Frame> read() {
    try {
      while (true) {
        long wait = readAgainAt - System.nanoTime();
        if (wait > 0) {
          LockSupport.parkNanos(wait);
        }
        Frame frame = to.read();
        if (frame.isClose() || frame.text().startsWith("{\"type\":\"error\"")) {
          return Optional.of(frame);
        }
        Numbered.check(frame.payload(), received.getAndIncrement());
        delivered.increment();
      }
    } catch (UncheckedIOException over) {
      return Optional.empty();
    }
  }

  /** The reader reads nothing for so long. */
  void pauseReading(Duration time) {
    readAgainAt = System.nanoTime() + time.toNanos();
  }

  /** Sends no more; returns when the last message is whole on the wire. */
  void stop() {
    stopped = true;
    await(sending);
  }

  /** What ended the reading: a close frame, an error event, or nothing said. */
  Optional<Frame> end() {
    return await(reading);
  }

  /** Waits until all that was sent has arrived. */
  void awaitArrival() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (received() < sent() && !reading.isDone() && System.nanoTime() < end) {
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(received()).as("messages that arrived").isEqualTo(sent());
  }

  int sent() {
    return sent.get();
  }

  int received() {
    return received.get();
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(PATIENCE_S, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }
}
