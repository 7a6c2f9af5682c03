package io.donna.gateway.audit;

import java.util.concurrent.atomic.LongAdder;

/** Counts refusals on their way to the log, before any limit on lines. Safe from any thread. */
public final class CountingSecurityLog implements SecurityLog {
  private final SecurityLog log;
  private final LongAdder refusals = new LongAdder();

  public CountingSecurityLog(SecurityLog log) {
    this.log = log;
  }

  @Override
  public void record(SecurityEvent event) {
    if (event.refuses()) {
      refusals.increment();
    }
    log.record(event);
  }

  /** Requests and connections refused so far. */
  public long refusals() {
    return refusals.sum();
  }
}
