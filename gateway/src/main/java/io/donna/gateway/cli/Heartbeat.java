package io.donna.gateway.cli;

import io.donna.gateway.audit.OperationsEvent;
import io.donna.gateway.edge.GatewayStatus;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Reports the state of a gateway at an interval, and once more when it stops, so that the counts of
 * all heartbeats together are those of the process. Safe from any thread.
 */
final class Heartbeat implements AutoCloseable {
  static final Duration INTERVAL = Duration.ofMinutes(1);

  private final Supplier<GatewayStatus> gateway;
  private final LongSupplier linesLost;
  private final Consumer<OperationsEvent> log;
  private final long began = System.nanoTime();
  private final Thread thread;

  private long refusals;
  private long lost;

  private Heartbeat(
      Duration interval,
      Supplier<GatewayStatus> gateway,
      LongSupplier linesLost,
      Consumer<OperationsEvent> log) {
    this.gateway = gateway;
    this.linesLost = linesLost;
    this.log = log;
    this.thread = Thread.ofVirtual().name("heartbeat").unstarted(() -> beat(interval));
  }

  /**
   * Starts it; the first report comes after one interval.
   *
   * @param linesLost the log lines lost so far
   */
  static Heartbeat start(
      Duration interval,
      Supplier<GatewayStatus> gateway,
      LongSupplier linesLost,
      Consumer<OperationsEvent> log) {
    Heartbeat heartbeat = new Heartbeat(interval, gateway, linesLost, log);
    heartbeat.thread.start();
    return heartbeat;
  }

  private void beat(Duration interval) {
    long next = began;
    while (true) {
      next += interval.toNanos();
      while (next - System.nanoTime() > 0 && !Thread.currentThread().isInterrupted()) {
        LockSupport.parkNanos(next - System.nanoTime());
      }
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
      report();
    }
  }

  private void report() {
    GatewayStatus now = gateway.get();
    long lostNow = linesLost.getAsLong();
    log.accept(
        new OperationsEvent.Heartbeat(
            Duration.ofNanos(System.nanoTime() - began).toSeconds(),
            now.sessions(),
            now.connections(),
            now.upstreamConnections(),
            now.refusals() - refusals,
            now.upstreamsUp(),
            now.upstreamsDown(),
            now.heldBytes(),
            now.heldBytesLimit(),
            now.eventLoopLag().toMillis(),
            lostNow - lost));
    refusals = now.refusals();
    lost = lostNow;
  }

  /** Reports once more. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    report();
  }
}
