package io.donna.gateway.audit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the log readable, and its disk free, while somebody causes the same thing over and over: of
 * one kind and address only so many lines a second are written ({@link
 * SecurityEvent#linesASecond}), and when the second is over the last of what was left out, with how
 * many those were. No event is lost from the counts. What is remembered does not grow with who
 * comes: beyond 64 addresses in a second, the others of a kind count as one. Safe from any thread.
 */
public final class RateLimitedSecurityLog implements SecurityLog, AutoCloseable {
  static final int MOST_ADDRESSES = 64;

  private static final Duration WINDOW = Duration.ofSeconds(1);

  private final SecurityLog log;
  private final LongSupplier nanoTime;

  /** Runs what it is given a window later. */
  private final Executor later;

  /** By the event's name, of which there are as many as the code has. */
  private final Map<String, Kind> kinds = new ConcurrentHashMap<>();

  public RateLimitedSecurityLog(SecurityLog log) {
    this(
        log,
        System::nanoTime,
        task ->
            Thread.ofVirtual()
                .start(() -> {
                  LockSupport.parkNanos(WINDOW.toNanos());
                  task.run();
                }));
  }

  RateLimitedSecurityLog(SecurityLog log, LongSupplier nanoTime, Executor later) {
    this.log = log;
    this.nanoTime = nanoTime;
    this.later = later;
  }

  @Override
  public void record(SecurityEvent event) {
    kinds.computeIfAbsent(event.event(), name -> new Kind()).record(event);
  }

  /** Writes what has been left out so far. */
  @Override
  public void close() {
    kinds.values().forEach(Kind::endWindow);
  }

  /** The events of one name. */
  private final class Kind {
    private final Map<MaskedAddress, Lines> byAddress = new HashMap<>();
    private Lines others = new Lines();
    private long began = nanoTime.getAsLong() - WINDOW.toNanos();
    private boolean awaited;

    void record(SecurityEvent event) {
      List<SecurityEvent> due = List.of();
      boolean written;
      boolean first;
      synchronized (this) {
        long now = nanoTime.getAsLong();
        if (now - began >= WINDOW.toNanos()) {
          due = takeLeftOut();
          began = now;
        }
        written = lines(event.ip()).add(event);
        first = !written && !awaited;
        awaited |= first;
      }
      due.forEach(log::record);
      if (written) {
        log.record(event);
      }
      if (first) {
        later.execute(this::look);
      }
    }

    private Lines lines(MaskedAddress ip) {
      Lines known = byAddress.get(ip);
      if (known == null && byAddress.size() < MOST_ADDRESSES) {
        known = new Lines();
        byAddress.put(ip, known);
      }
      return known == null ? others : known;
    }

    /** Ends a window that is over, in case that no further event does. */
    private void look() {
      boolean over;
      synchronized (this) {
        over = nanoTime.getAsLong() - began >= WINDOW.toNanos();
        awaited = !over;
      }
      if (over) {
        endWindow();
      } else {
        later.execute(this::look);
      }
    }

    void endWindow() {
      List<SecurityEvent> due;
      synchronized (this) {
        due = takeLeftOut();
      }
      due.forEach(log::record);
    }

    /** Forgets the window's addresses, and how much of each was written. */
    private List<SecurityEvent> takeLeftOut() {
      List<SecurityEvent> leftOut = new ArrayList<>();
      byAddress.values().forEach(lines -> lines.addLeftOutTo(leftOut));
      others.addLeftOutTo(leftOut);
      byAddress.clear();
      others = new Lines();
      return leftOut;
    }
  }

  /** What one address has caused in a window. */
  private static final class Lines {
    private int written;
    private int leftOut;
    private @Nullable SecurityEvent last;

    /** Whether it is to be written. */
    boolean add(SecurityEvent event) {
      if (written < event.linesASecond()) {
        written++;
        return true;
      }
      leftOut++;
      last = event;
      return false;
    }

    void addLeftOutTo(List<SecurityEvent> all) {
      if (last != null) {
        all.add(leftOut == 1 ? last : new SecurityEvent.Repeated(last, leftOut));
      }
    }
  }
}
