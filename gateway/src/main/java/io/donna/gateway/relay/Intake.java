package io.donna.gateway.relay;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.StrictScanner;
import io.donna.gateway.websocket.Holding;
import io.donna.gateway.websocket.Message;
import io.netty.channel.EventLoop;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Hands one leg's messages to the inspectors, in their order. A message whose tree is too large for
 * the event loop is handed over when {@link TreeThreads} have read it; until then the leg is held,
 * so there is one such message at most. Confined to the session's event loop.
 */
final class Intake implements Holding.Owner {
  /** Who takes the messages. */
  interface Taker {
    /** A message, its tree read where that is too large to be read now. */
    void take(Event event);

    /** The leg is to hand over nothing more, or to go on. */
    void setHeld(boolean held);

    /** There is no memory for a tree of such a size. */
    void refuseForMemory();

    /** A fault of ours, or of the Java machine's, in the middle of a message. */
    void fail(Throwable fault);
  }

  private final Event view;
  private final EventLoop eventLoop;
  private final Holding holding;
  private final Executor trees;
  private final Taker taker;
  private @Nullable Reading reading;

  Intake(StrictScanner scanner, EventLoop eventLoop, SessionResources share, Taker taker) {
    this.view = new Event(scanner);
    this.eventLoop = eventLoop;
    this.holding = share.holding(this);
    this.trees = share.trees();
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

  /** Forgets the message that is being read: nobody takes it any more. */
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

  /** One message on its way through the threads. Its memory is let go of by who claims it. */
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
