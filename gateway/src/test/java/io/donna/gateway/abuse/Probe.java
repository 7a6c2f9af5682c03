package io.donna.gateway.abuse;

import io.donna.gateway.abuse.LiveSession.Deed;
import io.donna.gateway.abuse.LiveSession.Delays;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** Something that an innocent client does over and over while somebody else misbehaves. */
interface Probe {
  /** Does it once; how long it took. */
  Duration once();

  /** Repeats {@code probe} on a thread of its own until {@code deed} is over, and once more. */
  static Delays repeat(Probe probe, Duration pause, Deed deed) throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    List<Duration> delays = new CopyOnWriteArrayList<>();
    List<Throwable> faults = new CopyOnWriteArrayList<>();
    Thread repeating =
        Thread.ofPlatform()
            .start(() -> {
              try {
                boolean last;
                do {
                  last = done.get();
                  delays.add(probe.once());
                  LockSupport.parkNanos(pause.toNanos());
                } while (!last);
              } catch (RuntimeException | AssertionError fault) {
                faults.add(fault);
              }
            });
    try {
      deed.run();
    } finally {
      done.set(true);
      repeating.join();
    }
    if (!faults.isEmpty()) {
      throw new AssertionError("the innocent client did not go on", faults.getFirst());
    }
    return new Delays(delays.stream().sorted().toList());
  }
}
