package io.donna.gateway.admin;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One reading for all who ask at the same time, so that any number of them costs as much as two.
 * Nobody gets a reading that began before it was asked for: whoever asks during one shares the
 * next. Safe from any thread.
 */
final class SharedReading<T> {
  private final Supplier<T> source;
  private @Nullable CompletableFuture<T> current;
  private @Nullable CompletableFuture<T> next;

  /**
   * @param source is read on a platform thread, and never twice at once
   */
  SharedReading(Supplier<T> source) {
    this.source = source;
  }

  /** Reads, and waits until that is done. */
  T get() throws InterruptedException {
    try {
      return ask().get();
    } catch (ExecutionException failed) {
      throw new IllegalStateException("the reading failed", failed.getCause());
    }
  }

  /** As {@link #get}, without waiting. */
  synchronized CompletableFuture<T> ask() {
    if (current == null) {
      CompletableFuture<T> begun = new CompletableFuture<>();
      begin(begun);
      return begun;
    }
    CompletableFuture<T> shared = next == null ? new CompletableFuture<>() : next;
    next = shared;
    return shared;
  }

  private void begin(CompletableFuture<T> reading) {
    current = reading;
    // Not a virtual one: there the JDK's BufferedWriter grows by one character at a time, and a
    // scrape
    // of 9 kB copied 64 MB.
    Thread.ofPlatform().daemon().name("shared reading").start(() -> read(reading));
  }

  private void read(CompletableFuture<T> reading) {
    try {
      reading.complete(source.get());
    } catch (RuntimeException | Error fault) {
      reading.completeExceptionally(fault);
    } finally {
      goOn();
    }
  }

  private synchronized void goOn() {
    current = null;
    if (next != null) {
      CompletableFuture<T> following = next;
      next = null;
      begin(following);
    }
  }
}
