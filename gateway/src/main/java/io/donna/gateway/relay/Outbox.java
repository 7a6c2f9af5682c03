package io.donna.gateway.relay;

import io.donna.gateway.event.Event;
import io.donna.gateway.websocket.BufferedBytesAccount;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Sends on what inspectors have passed in one direction, in order. A changed event that is too
 * large to serialize on the event loop is serialized by {@link TreeThreads}; until then the leg
 * that it came from is held, and the gateway's own events wait behind it. Confined to the session's
 * event loop.
 */
final class Outbox implements BufferedBytesAccount.Owner {
  /** Receives the events. */
  interface Sink {
    /** Sends an event on; it is serialized, or small. */
    void send(Event event);

    /** Holds the leg that events come from, or resumes it. */
    void setHeld(boolean held);

    /** Called when there is no memory for what waits. */
    void refuseForMemory();

    /** Called with a defect, or a JVM error. */
    void fail(Throwable fault);
  }

  private final EventLoop eventLoop;
  private final BufferedBytesAccount holding;
  private final Executor trees;
  private final Sink sink;
  private final Deque<Event> waiting = new ArrayDeque<>();
  private long bytes;
  private boolean holds;

  Outbox(EventLoop eventLoop, SessionResources resources, Sink sink) {
    this.eventLoop = eventLoop;
    this.holding = resources.holding(this);
    this.trees = resources.trees();
    this.sink = sink;
  }

  void accept(Event event) {
    if (!holds && !event.isHeavyToWrite()) {
      sink.send(event);
      return;
    }
    bytes += event.length();
    if (!holding.set(bytes)) {
      clear();
      sink.refuseForMemory();
      return;
    }
    waiting.add(event.kept());
    if (!holds) {
      holds = true;
      sink.setHeld(true);
      write(waiting.element());
    }
  }

  boolean isBusy() {
    return holds;
  }

  @Override
  public void letGo() {
    eventLoop.execute(() -> {
      if (holds) {
        clear();
        sink.refuseForMemory();
      }
    });
  }

  /** Drops what waits. */
  void clear() {
    waiting.clear();
    goOn();
  }

  private void goOn() {
    bytes = 0;
    holding.set(0);
    if (holds) {
      holds = false;
      sink.setHeld(false);
    }
  }

  private void write(Event event) {
    trees.execute(() -> {
      @Nullable Throwable fault = null;
      try {
        event.payload();
      } catch (RuntimeException | Error failed) {
        fault = failed;
      }
      Throwable failed = fault;
      try {
        eventLoop.execute(() -> written(event, failed));
      } catch (RejectedExecutionException stopped) {
        // The gateway is shutting down.
      }
    });
  }

  private void written(Event event, @Nullable Throwable fault) {
    if (waiting.peek() != event) {
      return; // dropped meanwhile
    }
    if (fault != null) {
      clear();
      sink.fail(fault);
      return;
    }
    try {
      while (!waiting.isEmpty()) {
        Event next = waiting.element();
        if (next.isHeavyToWrite()) {
          write(next);
          return;
        }
        sink.send(next);
        waiting.poll();
      }
      goOn();
    } catch (RuntimeException failed) {
      clear();
      sink.fail(failed);
    }
  }
}
