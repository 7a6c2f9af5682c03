package io.donna.gateway.guard;

import io.donna.gateway.event.Event;
import io.donna.gateway.websocket.BufferedBytesAccount;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue of messages in one direction, charged to the memory that all sessions share.
 * Confined to the session's event loop.
 *
 * @param <W> what a message waits for
 */
final class HeldMessages<W> implements BufferedBytesAccount.Owner {
  /** A held message. */
  static final class Held<W> {
    private final W waits;
    private final Event event;
    private final int length;

    Held(W waits, Event event) {
      this.waits = waits;
      this.event = event;
      this.length = event.length();
    }

    W waits() {
      return waits;
    }

    int length() {
      return length;
    }

    Event event() {
      return event;
    }
  }

  private final Deque<Held<W>> all = new ArrayDeque<>();
  private final SessionMemory memory;
  private final BufferedBytesAccount holding;
  private final int mostBytes;
  private final int mostMessages;
  private int bytes;

  HeldMessages(SessionMemory memory, int mostBytes, int mostMessages) {
    this.memory = memory;
    this.holding = memory.holding(this);
    this.mostBytes = mostBytes;
    this.mostMessages = mostMessages;
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  @Nullable Held<W> first() {
    return all.peek();
  }

  /** Whether {@code length} more bytes fit. An empty queue takes a message of any length. */
  boolean hasRoomFor(int length) {
    return all.isEmpty() || (bytes + length <= mostBytes && all.size() < mostMessages);
  }

  /**
   * Queues a message.
   *
   * @return whether it fit; if not, it is not queued
   */
  boolean add(W waits, Event event) {
    int before = bytes;
    int length = event.length();
    if (hasRoomFor(length) && setBytes(before + length)) {
      Held<W> one = new Held<>(waits, event.kept());
      all.add(one);
      setBytes(before + one.length);
      return true;
    }
    setBytes(before);
    return false;
  }

  void removeFirst() {
    Held<W> first = all.remove();
    setBytes(bytes - first.length);
  }

  void clear() {
    all.clear();
    setBytes(0);
  }

  @Override
  public void letGo() {
    memory
        .context()
        .eventLoop()
        .execute(() -> {
          if (!all.isEmpty()) {
            memory.endSession();
          }
        });
  }

  private boolean setBytes(int now) {
    bytes = now;
    return holding.set(now);
  }
}
