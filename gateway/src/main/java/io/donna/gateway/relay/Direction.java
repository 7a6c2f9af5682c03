package io.donna.gateway.relay;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.StrictScanner;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * One way through the row of inspectors, from a leg's messages to what is sent on, in their order.
 * Where a tree is too large for the event loop, the leg is held until it is read or written.
 * Confined to the session's event loop.
 */
final class Direction implements Intake.Taker, Outbox.Sink {
  /** What lies before and behind the row. */
  interface Ends {
    /** The leg that messages come from; null as long as it is not open. */
    @Nullable Leg source();

    /** Shows a message to the inspectors. */
    void inspect(Event event);

    /** Sends on what has passed them. */
    void send(Event event);

    /** The leg is held, or no longer. */
    void onHeldChanged();

    /** There is no memory for a tree of such a size. */
    void refuseForMemory();
  }

  private final EventLoop eventLoop;
  private final SessionResources share;
  private final Ends ends;

  /** Made for the first event that is too large to be written at once: few sessions have one. */
  private @Nullable Outbox outbox;

  private @Nullable Intake intake;
  private int holds;
  private int holdsOfLeg;

  Direction(EventLoop eventLoop, SessionResources share, Ends ends) {
    this.eventLoop = eventLoop;
    this.share = share;
    this.ends = ends;
  }

  /** From the next message on, inspectors see what {@code reader} reads. */
  void inspect(StrictScanner reader) {
    intake = new Intake(reader, eventLoop, share, this);
  }

  boolean isInspected() {
    return intake != null;
  }

  /**
   * Takes a message of the leg's.
   *
   * @return whether inspectors see it; else it is to go on as it came
   */
  boolean accept(Message message) {
    if (intake == null) {
      return false;
    }
    intake.accept(message);
    return true;
  }

  /** Takes what has passed the inspectors. */
  void pass(Event event) {
    if (outbox == null && !event.isHeavyToWrite()) {
      ends.send(event);
      return;
    }
    if (outbox == null) {
      outbox = new Outbox(eventLoop, share, this);
    }
    outbox.accept(event);
  }

  /** Whether something is still being read or written. */
  boolean isHeld() {
    return holds > 0;
  }

  /** Nobody looks at what the leg said last any more. */
  void forgetMessage() {
    if (intake != null) {
      intake.clear();
    }
  }

  /** Nobody takes what has passed the inspectors any more. */
  void forgetEvents() {
    if (outbox != null) {
      outbox.clear();
    }
  }

  @Override
  public void take(Event event) {
    ends.inspect(event);
  }

  @Override
  public void send(Event event) {
    ends.send(event);
  }

  @Override
  public void setHeld(boolean held) {
    Leg leg = ends.source();
    if (held) {
      holds++;
      if (leg != null) {
        holdsOfLeg++;
        leg.hold();
      }
    } else {
      holds--;
      if (leg != null && holdsOfLeg > 0) {
        holdsOfLeg--;
        eventLoop.execute(leg::resume); // not now: somebody may be in the middle of ending it
      }
    }
    ends.onHeldChanged();
  }

  @Override
  public void refuseForMemory() {
    ends.refuseForMemory();
  }

  /** As a fault in the middle of one of the leg's own messages: it is told, and closed. */
  @Override
  public void fail(Throwable fault) {
    Leg leg = ends.source();
    if (leg != null) {
      leg.channel().pipeline().fireExceptionCaught(fault);
    }
  }
}
