package io.donna.gateway.alerts;

import io.donna.gateway.audit.MaskedAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the address with most attempts in a window, in bounded memory however many addresses there
 * are (Misra and Gries, 1982): {@value #MOST} counters for each tenth of the window. Where more
 * addresses than that attempt something, each new one takes one from all. So an address is never
 * said to have made more attempts than it has, and is missed by at most one in {@value #MOST} of
 * all attempts. Safe from any thread.
 */
final class FrequentAddresses {
  static final int MOST = 512;

  /** Slices of a window: by as much more than the window may the counted time be. */
  private static final int SLICES = 10;

  /** The address with most attempts. */
  record Top(MaskedAddress address, long attempts) {}

  /**
   * The attempts of a time that is over.
   *
   * @param end its last moment
   */
  private record Slice(long end, Map<MaskedAddress, Counter> counters) {}

  private static final class Counter {
    private long count = 1;
  }

  private Map<MaskedAddress, Counter> current = new HashMap<>();
  private long currentBegan;

  /** Confined to the thread that evaluates. */
  private final Deque<Slice> past = new ArrayDeque<>();

  /** Counts an attempt. */
  synchronized void add(MaskedAddress address) {
    Counter known = current.get(address);
    if (known != null) {
      known.count++;
    } else if (current.size() < MOST) {
      current.put(address, new Counter());
    } else {
      // Costs as many steps as there are counters, of which each undoes the step of an attempt.
      takeOneFromAll();
    }
  }

  private void takeOneFromAll() {
    for (Iterator<Counter> counters = current.values().iterator(); counters.hasNext(); ) {
      if (--counters.next().count == 0) {
        counters.remove();
      }
    }
  }

  /**
   * The address with most attempts in the window before {@code now}; for the thread that evaluates.
   *
   * @param now nanoseconds that never go back
   */
  Optional<Top> top(long now, Duration window) {
    long nanos = window.toNanos();
    past.removeIf(slice -> now - slice.end >= nanos);
    Map<MaskedAddress, Long> sums = new HashMap<>();
    for (Slice slice : past) {
      slice.counters.forEach((address, counter) -> sums.merge(address, counter.count, Long::sum));
    }
    addCurrent(now, nanos / SLICES, sums);
    return sums.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(most -> new Top(most.getKey(), most.getValue()));
  }

  private synchronized void addCurrent(long now, long slice, Map<MaskedAddress, Long> sums) {
    current.forEach((address, counter) -> sums.merge(address, counter.count, Long::sum));
    if (now - currentBegan >= slice) {
      if (!current.isEmpty()) {
        past.addLast(new Slice(now, current));
        current = new HashMap<>();
      }
      currentBegan = now;
    }
  }

  /** The number of counters in use. */
  synchronized int size() {
    return current.size() + past.stream().mapToInt(slice -> slice.counters.size()).sum();
  }
}
