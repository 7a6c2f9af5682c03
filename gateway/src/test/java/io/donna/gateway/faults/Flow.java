package io.donna.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.Wire;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** One direction of a session: a side that sends numbered messages, and a side that checks them. */
final class Flow {
  private static final long PATIENCE_S = 60;
  private static final int LONGEST_GAP_NANOS = 2_000_000;

  private final Wire from;
  private final Wire to;
  private final int usualBytes;
  private final Random random;
  private final boolean inPieces;
  private final Pace pace;
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger received = new AtomicInteger();
  private final CompletableFuture<Boolean> sending = new CompletableFuture<>();
  private final CompletableFuture<Optional<Frame>> reading = new CompletableFuture<>();

  private volatile boolean stopped;
  private volatile long readAgainAt = System.nanoTime();

  /**
   * A flow that has not begun.
   *
   * @param inPieces whether each frame goes out in two parts
   */
  Flow(Wire from, Wire to, int usualBytes, Random random, boolean inPieces, Pace pace) {
    this.from = from;
    this.to = to;
    this.usualBytes = usualBytes;
    this.random = random;
    this.inPieces = inPieces;
    this.pace = pace;
  }

  /** Begins on two of {@code threads}, as both sides block. */
  void begin(Executor threads) {
    sending.completeAsync(this::send, threads);
    reading.completeAsync(this::read, threads);
  }

  /** Whether it was told to stop, and did so behind a whole message. */
  private boolean send() {
    try {
      long due = System.nanoTime();
      while (!stopped) {
        send(from.encode(0x81, Numbered.message(sent.get(), usualBytes, random)));
        sent.incrementAndGet();
        due = Math.max(due + pace.intervalNanos(), System.nanoTime());
        LockSupport.parkNanos(due - System.nanoTime());
      }
      return true;
    } catch (UncheckedIOException over) {
      return false; // as faults make it; where it must not have been, the counts will show
    }
  }

  private void send(byte[] frame) {
    if (!inPieces) {
      from.sendRaw(frame);
      return;
    }
    int cut = random.nextInt(frame.length);
    from.sendRaw(Arrays.copyOf(frame, cut));
    LockSupport.parkNanos(random.nextInt(LONGEST_GAP_NANOS));
    from.sendRaw(Arrays.copyOfRange(frame, cut, frame.length));
  }

  /** Checks messages up to the first that is none of them; nothing where all just ended. */
  private Optional<Frame> read() {
    try {
      while (true) {
        LockSupport.parkNanos(readAgainAt - System.nanoTime());
        Frame frame = to.read();
        if (!Numbered.isOne(frame.payload())) {
          return Optional.of(frame);
        }
        Numbered.check(frame.payload(), received.getAndIncrement());
        pace.count();
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

  /** What ended the reading: a close frame, an event that is none of ours, or nothing said. */
  Optional<Frame> end() {
    return await(reading);
  }

  /** Waits until all that was sent has arrived. */
  void awaitArrival() {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (received.get() < sent.get() && !reading.isDone() && System.nanoTime() < limit) {
      LockSupport.parkNanos(1_000_000);
    }
    expectAll();
  }

  /** Everything that was sent has arrived. */
  void expectAll() {
    assertThat(received.get()).as("messages that arrived").isEqualTo(sent.get());
  }

  /** What has arrived is the beginning of what was sent, the message at hand perhaps among it. */
  void expectBeginning() {
    assertThat(received.get()).as("messages that arrived").isLessThanOrEqualTo(sent.get() + 1);
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
