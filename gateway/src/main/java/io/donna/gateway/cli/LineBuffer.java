package io.donna.gateway.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lines that wait to be written, in order, bounded in bytes. If it is full, the kind that holds the
 * most bytes loses its newest line: a kind that holds less than an equal share never loses one to
 * another, however much the others bring. Every loss is counted by kind. Adding never waits for the
 * writer. Safe from any thread.
 */
final class LineBuffer {
  /** What a line costs besides its bytes, so that the limit bounds their number as well. */
  static final int OVERHEAD = 128;

  /** A waiting line. Compared by identity. */
  static final class Line {
    private final Kind kind;
    private final int events;
    private final byte[] text;

    Line(Kind kind, int events, byte[] text) {
      this.kind = kind;
      this.events = events;
      this.text = text;
    }

    /** With its line break. */
    byte[] text() {
      return text;
    }

    private long size() {
      return (long) text.length + OVERHEAD;
    }
  }

  /** The lines of one kind. Used under the lock. */
  static final class Kind {
    private final Deque<Line> lines = new ArrayDeque<>();
    private long bytes;
    private long lostEvents;
  }

  /**
   * Losses since the last report.
   *
   * @param events that the lost lines stood for, by kind
   */
  record Losses(long lines, Map<String, Long> events) {}

  private final long capacity;
  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** By name; the code has a fixed number of kinds. */
  private final Map<String, Kind> kinds = new HashMap<>();

  private final SequencedSet<Line> inOrder = new LinkedHashSet<>();
  private long bytes;
  private long lost;
  private long reported;
  private boolean closed;

  /**
   * An empty buffer.
   *
   * @param capacity in bytes
   */
  LineBuffer(long capacity) {
    this.capacity = capacity;
  }

  /**
   * Adds a line, or counts a loss.
   *
   * @param events the number of events that the line stands for
   */
  void add(String kind, int events, byte[] text) {
    lock.lock();
    try {
      Kind own = kinds.computeIfAbsent(kind, name -> new Kind());
      Line line = new Line(own, events, text);
      if (makeRoom(line)) {
        own.lines.addLast(line);
        own.bytes += line.size();
        inOrder.addLast(line);
        bytes += line.size();
      } else {
        lose(line);
      }
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is room, if necessary at the cost of a kind that holds more than this one. */
  private boolean makeRoom(Line line) {
    while (bytes + line.size() > capacity) {
      Kind largest = line.kind;
      for (Kind kind : kinds.values()) {
        largest = kind.bytes > largest.bytes ? kind : largest;
      }
      if (line.kind.bytes + line.size() >= largest.bytes) {
        return false;
      }
      Line newest = largest.lines.removeLast();
      inOrder.remove(newest);
      forget(newest);
      lose(newest);
    }
    return true;
  }

  private void forget(Line line) {
    line.kind.bytes -= line.size();
    bytes -= line.size();
  }

  private void lose(Line line) {
    lost++;
    line.kind.lostEvents += line.events;
  }

  /** The oldest line; waits at most {@code nanos} for one, and not at all once it is closed. */
  @Nullable Line take(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (inOrder.isEmpty() && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      if (inOrder.isEmpty()) {
        return null;
      }
      Line oldest = inOrder.removeFirst();
      oldest.kind.lines.removeFirst();
      forget(oldest);
      return oldest;
    } finally {
      lock.unlock();
    }
  }

  /** Whether there are losses that {@link #takeLosses} has not returned. */
  boolean hasLosses() {
    lock.lock();
    try {
      return lost > reported;
    } finally {
      lock.unlock();
    }
  }

  /** The losses since the last call. */
  Losses takeLosses() {
    lock.lock();
    try {
      Map<String, Long> events = new TreeMap<>();
      kinds.forEach((name, kind) -> {
        if (kind.lostEvents > 0) {
          events.put(name, kind.lostEvents);
          kind.lostEvents = 0;
        }
      });
      long lines = lost - reported;
      reported = lost;
      return new Losses(lines, events);
    } finally {
      lock.unlock();
    }
  }

  /** The lines lost so far. */
  long lost() {
    lock.lock();
    try {
      return lost;
    } finally {
      lock.unlock();
    }
  }

  /** The bytes that it holds, with the overhead. */
  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  /** Lets the writer end when it has written what is left. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  boolean isEmpty() {
    lock.lock();
    try {
      return inOrder.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }
}
