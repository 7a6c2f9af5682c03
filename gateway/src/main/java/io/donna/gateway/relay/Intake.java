package io.donna.gateway.relay;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.StrictScanner;
import io.donna.gateway.websocket.BufferedBytesAccount;
import io.donna.gateway.websocket.Message;
import io.netty.channel.EventLoop;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Passes one leg's messages to the inspectors, in order. A message whose tree is too large for the
 * event loop is passed on once {@link TreeThreads} have parsed it; until then the leg is held, so
 * there is at most one. Confined to the session's event loop.
 */
final class Intake implements BufferedBytesAccount.Owner {
  /** Receives the messages. */
  interface Taker {
    /** Takes a message, already parsed if its tree is large. */
    void take(Event event);

    /** Holds the leg, or resumes it. */
    void setHeld(boolean held);

    /** Called when there is no memory for a tree of such a size. */
    void refuseForMemory();

    /** Called with a defect, or a JVM error, that occurred while handling a message. */
    void fail(Throwable fault);
  }

  private final Event view;
  private final EventLoop eventLoop;
  private final BufferedBytesAccount holding;
  private final Executor trees;
  private final Taker taker;
  private @Nullable Reading reading;

  Intake(StrictScanner scanner, EventLoop eventLoop, SessionResources resources, Taker taker) {
    this.view = new Event(scanner);
    this.eventLoop = eventLoop;
    this.holding = resources.holding(this);
    this.trees = resources.trees();
    this.taker = taker;
  }

  void accept(Message message) {
    Event event = view.pointAt(message);
    if (!event.isHeavy()) {
      taker.take(event);
    } else if (holding.set(event.length())) {
      reading = new Reading(message.retained());
      taker.setHeld(true);
      trees.execute(reading);
    } else {
      holding.set(0);
      taker.refuseForMemory();
    }
  }

  boolean isBusy() {
    return reading != null;
  }

  @Override
  public void letGo() {
    eventLoop.execute(() -> {
      if (reading != null) {
        taker.refuseForMemory();
      }
    });
  }

  /** Drops the message that is being parsed. */
  void clear() {
    Reading unwanted = reading;
    if (unwanted != null) {
      unwanted.cancel();
      goOn();
    }
  }

  private void goOn() {
    reading = null;
    holding.set(0);
    taker.setHeld(false);
  }

  /** One message that is being parsed. Whoever claims it releases its memory. */
  private final class Reading implements Runnable {
    private final Message message;
    private final AtomicBoolean claimed = new AtomicBoolean();

    Reading(Message message) {
      this.message = message;
    }

    void cancel() {
      if (claimed.compareAndSet(false, true)) {
        message.release();
      }
    }

    @Override
    public void run() {
      if (!claimed.compareAndSet(false, true)) {
        return;
      }
      @Nullable ObjectNode tree = null;
      @Nullable Throwable fault = null;
      try {
        tree = Event.read(message.payload());
      } catch (RuntimeException | Error failed) {
        fault = failed;
      }
      ObjectNode read = tree;
      Throwable failed = fault;
      try {
        eventLoop.execute(() -> finish(read, failed));
      } catch (RejectedExecutionException stopped) {
        message.release();
      }
    }

    private void finish(@Nullable ObjectNode tree, @Nullable Throwable fault) {
      try {
        if (reading != this) {
          return;
        }
        if (fault != null) {
          taker.fail(fault);
        } else {
          taker.take(view.pointAt(message, tree));
        }
      } catch (RuntimeException | Error failed) {
        taker.fail(failed);
      } finally {
        message.release();
        if (reading == this) {
          goOn();
        }
      }
    }
  }
}
