package io.donna.gateway.relay;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Fault;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.event.Replies;
import io.donna.gateway.websocket.CloseReason;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Optional;

/**
 * The chain of inspectors between a client and its upstream. A link for each inspector knows its
 * neighbours. Confined to the session's event loop.
 */
final class InspectorChain {
  /** What lies beyond either end of the chain. */
  interface Ends {
    void toUpstream(Event event);

    void toClient(Event event);

    /** Called when a client's message is refused. */
    void refused(String code);

    void end(String error, CloseReason reason);

    void release();

    EventLoop eventLoop();
  }

  private static final CloseReason UNREADABLE =
      new CloseReason(CloseReason.INTERNAL_ERROR, "Upstream message not readable");

  private static final String TOO_MUCH =
      "The upstream sent an event that holds more than the gateway reads.";

  private final Ends ends;
  private Link[] links;
  private final RefusalCount refusals = new RefusalCount();
  private boolean ended;

  InspectorChain(List<Inspector> fromClientToUpstream, Ends ends) {
    this.ends = ends;
    this.links = new Link[fromClientToUpstream.size()];
    for (int i = 0; i < links.length; i++) {
      links[i] = new Link(i, fromClientToUpstream.get(i));
    }
  }

  void begin() {
    // From the upstream's end, so that an inspector that sends events finds those they pass ready.
    for (int i = links.length - 1; i >= 0; i--) {
      links[i].inspector.begin(links[i]);
    }
  }

  void opened(String model) {
    for (Link link : links) {
      link.inspector.opened(model);
    }
  }

  /** Adds an inspector at the client's end, from the next message on. */
  void addFirst(Inspector inspector) {
    Link[] longer = new Link[links.length + 1];
    longer[0] = new Link(0, inspector);
    for (Link link : links) {
      longer[++link.index] = link;
    }
    links = longer;
    inspector.begin(longer[0]);
  }

  void fromClient(Event event) {
    Fault fault = event.fault();
    if (fault == Fault.NONE) {
      passToUpstream(0, event);
    } else {
      refuse(-1, event, fault.code(), fault.message());
    }
  }

  /** Tells all inspectors of a client message that is not shown to them. */
  void passedUnseen(EventType type, int bytes) {
    for (Link link : links) {
      link.inspector.passedUnseen(type, bytes);
    }
  }

  void fromUpstream(Event event) {
    if (!event.fault().isOfSize()) {
      passToClient(links.length - 1, event);
    } else if (!ended) {
      // Inspectors would have to pass an event that they cannot read.
      ends.end(Replies.gatewayError("upstream_unreadable", TOO_MUCH), UNREADABLE);
      ends.release();
    }
  }

  /** Whether any inspector waits for more from the upstream. */
  boolean keepsUpstream() {
    if (ended) {
      return false;
    }
    boolean keeps = false;
    for (Link link : links) {
      keeps |= link.inspector.keepsUpstream(link);
    }
    return keeps;
  }

  void end() {
    if (ended) {
      return;
    }
    ended = true;
    for (Link link : links) {
      link.inspector.end();
    }
  }

  private void passToUpstream(int index, Event event) {
    if (ended) {
      return;
    }
    if (index < links.length) {
      links[index].inspector.fromClient(event, links[index]);
    } else {
      ends.toUpstream(event);
    }
  }

  private void passToClient(int index, Event event) {
    if (ended) {
      return;
    }
    if (index >= 0) {
      links[index].inspector.fromUpstream(event, links[index]);
    } else {
      ends.toClient(event);
    }
  }

  private void refuse(int before, Event offender, String code, String message) {
    ends.refused(code);
    Optional<String> id = offender.string(JsonKey.EVENT_ID);
    passToClient(before, Event.of(Replies.gatewayError(code, message, id)));
    if (!ended && refusals.areTooMany()) {
      ends.end(Replies.gatewayError(RefusalCount.CODE, RefusalCount.MESSAGE), RefusalCount.CLOSE);
    }
  }

  private final class Link implements InspectorContext {
    private int index;
    private final Inspector inspector;

    Link(int index, Inspector inspector) {
      this.index = index;
      this.inspector = inspector;
    }

    @Override
    public void toUpstream(Event event) {
      passToUpstream(index + 1, event);
    }

    @Override
    public void toClient(Event event) {
      passToClient(index - 1, event);
    }

    @Override
    public void refuse(Event offender, String code, String message) {
      InspectorChain.this.refuse(index - 1, offender, code, message);
    }

    @Override
    public void end(String error, CloseReason reason) {
      if (!ended) {
        ends.end(error, reason);
      }
    }

    @Override
    public void release() {
      if (!ended) {
        ends.release();
      }
    }

    @Override
    public EventLoop eventLoop() {
      return ends.eventLoop();
    }
  }
}
