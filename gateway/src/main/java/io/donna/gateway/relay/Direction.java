package io.donna.gateway.relay;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.StrictScanner;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * One direction through the inspector chain: takes a leg's messages in, and sends on in order what
 * the inspectors pass. While a tree too large for the event loop is parsed or serialized, the leg
 * is held. Confined to the session's event loop.
 */
final class Direction implements Intake.Taker, Outbox.Sink {
  /** What lies before and after the chain. */
  interface Ends {
    /** The leg that messages come from; null until it is open. */
    @Nullable Leg source();

    /** Passes a message to the inspectors. */
    void inspect(Event event);

    /** Sends on an event that has passed them. */
    void send(Event event);

    /** Called when the leg is held, or no longer. */
    void onHeldChanged();

    /** Called when there is no memory for a tree of such a size. */
    void refuseForMemory();
  }

  private final EventLoop eventLoop;
  private final SessionResources resources;
  private final Ends ends;

  /** Created with the first event that is too large to serialize at once: few sessions have one. */
  private @Nullable Outbox outbox;

  private @Nullable Intake intake;
  private int holds;
  private int holdsOfLeg;

  Direction(EventLoop eventLoop, SessionResources resources, Ends ends) {
    this.eventLoop = eventLoop;
    this.resources = resources;
    this.ends = ends;
  }

  /** Starts inspection with the next message, which {@code reader} scans. */
  void inspect(StrictScanner reader) {
    intake = new Intake(reader, eventLoop, resources, this);
  }

  boolean isInspected() {
    return intake != null;
  }

  /**
   * Accepts a message of the leg's.
   *
   * @return whether inspectors see it; if not, it must be forwarded as received
   */
  boolean accept(Message message) {
    if (intake == null) {
      return false;
    }
    intake.accept(message);
    return true;
  }

  /** Accepts an event that has passed the inspectors. */
  void pass(Event event) {
    if (outbox == null && !event.isHeavyToWrite()) {
      ends.send(event);
      return;
    }
    if (outbox == null) {
      outbox = new Outbox(eventLoop, resources, this);
    }
    outbox.accept(event);
  }

  /** Whether a tree is being parsed or serialized. */
  boolean isHeld() {
    return holds > 0;
  }

  /** Drops the message that is being parsed. */
  void forgetMessage() {
    if (intake != null) {
      intake.clear();
    }
  }

  /** Drops the events that wait to be sent. */
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
        eventLoop.execute(leg::resume); // not now: a caller may be closing the leg
      }
    }
    ends.onHeldChanged();
  }

  @Override
  public void refuseForMemory() {
    ends.refuseForMemory();
  }

  /**
   * Reports the fault to the leg as if it had occurred in one of its own messages: its peer is
   * told, and the leg is closed.
   */
  @Override
  public void fail(Throwable fault) {
    Leg leg = ends.source();
    if (leg != null) {
      leg.channel().pipeline().fireExceptionCaught(fault);
    }
  }
}
