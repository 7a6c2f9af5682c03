package io.donna.gateway.telemetry.otel;

import io.donna.gateway.telemetry.Telemetry;
import io.opentelemetry.sdk.common.CompletableResultCode;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bounds what waits for export, and counts what becomes of it. The SDK's own queue has the same
 * bound and drops without a count that would be seen while the collector is away. Safe from any
 * thread; never blocks.
 */
final class ExportQueue {
  private final int capacity;
  private final AtomicInteger waiting = new AtomicInteger();
  private final LongAdder exported = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder dropped = new LongAdder();

  /**
   * A queue.
   *
   * @param signal what waits in it, as the metric's label says
   */
  ExportQueue(String signal, int capacity, Telemetry telemetry) {
    this.capacity = capacity;
    count(telemetry, signal, "exported", exported);
    count(telemetry, signal, "failed", failed);
    count(telemetry, signal, "dropped", dropped);
  }

  private static void count(Telemetry telemetry, String signal, String outcome, LongAdder counter) {
    telemetry.counter("donna.otlp.items", counter::sum, "signal", signal, "outcome", outcome);
  }

  /** Takes a place for one more; if there is none, it is to be dropped. */
  boolean take() {
    if (waiting.incrementAndGet() <= capacity) {
      return true;
    }
    waiting.decrementAndGet();
    dropped.increment();
    return false;
  }

  /** The places of {@code count} are free as soon as their export is done. */
  CompletableResultCode export(int count, CompletableResultCode result) {
    return result.whenComplete(() -> {
      waiting.addAndGet(-count);
      (result.isSuccess() ? exported : failed).add(count);
    });
  }
}
