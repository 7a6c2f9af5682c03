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
 * Keeps the log readable and its disk free while somebody causes the same event repeatedly. Writes
 * a limited number of lines per second for each kind of event and address ({@link
 * SecurityEvent#linesASecond}), of which one session may take a few ({@link
 * SecurityEvent#linesASecondOfSubject}), and after the second the last suppressed event with the
 * number of suppressed ones. The counts include every event. Memory is bounded: beyond {@value
 * #MOST_ADDRESSES} addresses in a second, the others of a kind count as one. Safe from any thread.
 */
public final class RateLimitedSecurityLog implements SecurityLog, AutoCloseable {
  static final int MOST_ADDRESSES = 64;

  private static final Duration WINDOW = Duration.ofSeconds(1);

  private final SecurityLog log;
  private final LongSupplier nanoTime;

  /** Runs a task one window later. */
  private final Executor later;

  private final Map<Name, Kind> kinds = new ConcurrentHashMap<>();

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
    kinds
        .computeIfAbsent(new Name(event.event(), event.namesUser()), name -> new Kind())
        .record(event);
  }

  /** Writes the suppressed events so far. */
  @Override
  public void close() {
    kinds.values().forEach(Kind::endWindow);
  }

  /** What makes a kind, of which there is a fixed number. */
  private record Name(String event, boolean ofUser) {}

  /** The events of one kind. */
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

    /** Ends a window that is over, in case no further event does. */
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

    /** Resets the window; returns its suppressed events. */
    private List<SecurityEvent> takeLeftOut() {
      List<SecurityEvent> leftOut = new ArrayList<>();
      byAddress.values().forEach(lines -> lines.addLeftOutTo(leftOut));
      others.addLeftOutTo(leftOut);
      byAddress.clear();
      others = new Lines();
      return leftOut;
    }
  }

  /** The events of one address in a window. */
  private static final class Lines {
    private int written;
    private int leftOut;
    private final Map<String, Integer> bySubject = new HashMap<>();
    private @Nullable SecurityEvent last;

    /** Counts an event; whether to write it. */
    boolean add(SecurityEvent event) {
      if (written < event.linesASecond() && isWithinShare(event)) {
        written++;
        return true;
      }
      leftOut++;
      last = event;
      return false;
    }

    /** Remembers no more subjects than it writes lines. */
    private boolean isWithinShare(SecurityEvent event) {
      return event.linesASecond() != SecurityEvent.OF_ADMITTED
          || event
              .subject()
              .map(subject ->
                  bySubject.merge(subject, 1, Integer::sum) <= event.linesASecondOfSubject())
              .orElse(true);
    }

    void addLeftOutTo(List<SecurityEvent> all) {
      if (last != null) {
        all.add(leftOut == 1 ? last : new SecurityEvent.Repeated(last, leftOut));
      }
    }
  }
}
