package io.donna.gateway.relay;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.websocket.Holding;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What inspectors have passed on in one direction, in its order. An event whose tree was changed
 * and is too large to be written on the event loop is written by {@link TreeThreads}; until then
 * the leg that it came from is held, and what the gateway itself says waits behind it. Confined to
 * the session's event loop.
 */
final class Outbox implements Holding.Owner {
  /** Where events go. */
  interface Sink {
    /** Sends it on; its payload is no heavy work. */
    void send(Event event);

    /** The leg that events come from is to hand over nothing more, or to go on. */
    void setHeld(boolean held);

    /** There is no memory for what waits. */
    void refuseForMemory();

    /** A fault of ours, or of the Java machine's. */
    void fail(Throwable fault);
  }

  private final EventLoop eventLoop;
  private final Holding holding;
  private final Executor trees;
  private final Sink sink;
  private final Deque<Event> waiting = new ArrayDeque<>();
  private long bytes;
  private boolean holds;

  Outbox(EventLoop eventLoop, SessionResources share, Sink sink) {
    this.eventLoop = eventLoop;
    this.holding = share.holding(this);
    this.trees = share.trees();
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

  /** Forgets what waits: nobody takes it any more. */
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
        // The gateway has ended.
      }
    });
  }

  private void written(Event event, @Nullable Throwable fault) {
    if (waiting.peek() != event) {
      return; // forgotten meanwhile
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
