package io.donna.gateway.guard;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.InspectorContext;
import io.donna.gateway.realtime.Key;
import java.util.function.Consumer;

/**
 * What the client gets to hear of responses, in the upstream's order: what waits to be judged has
 * all that is behind it wait, and of a response that was stopped nothing more is heard. Confined to
 * the session's event loop.
 */
final class ResponseDelivery {
  /** Two minutes of speech; a response that says more before it is judged could not be judged. */
  private static final int MOST_HELD_BYTES = 8 << 20;

  private static final int MOST_HELD_MESSAGES = 16_384;

  private final InspectorContext context;
  private final HeldMessages<JudgedResponse> held;
  private final SlicedWork slices;
  private final HiddenItems unseen = new HiddenItems();

  /** Told of a response, where there is no room for what waits for it; it must wait no longer. */
  private final Consumer<JudgedResponse> noRoom;

  /** Stands for what belongs to no response. */
  private final JudgedResponse none = new JudgedResponse("", false);

  ResponseDelivery(
      InspectorContext context, SessionMemory memory, Consumer<JudgedResponse> noRoom) {
    this.context = context;
    this.held = new HeldMessages<>(memory, MOST_HELD_BYTES, MOST_HELD_MESSAGES);
    this.slices = new SlicedWork(context.eventLoop(), this::step);
    this.noRoom = noRoom;
  }

  /** What says nothing of a response; it waits for none. */
  void tell(Event event) {
    if (event.type() == EventType.INPUT_AUDIO_BUFFER_COMMITTED) {
      Event shown = unseen.show(event);
      event.string(Key.ITEM_ID).ifPresent(unseen::tell);
      context.toClient(shown);
    } else {
      context.toClient(event);
    }
  }

  /** What belongs to no response; it waits only for what is before it. */
  void send(Event event) {
    send(none, event);
  }

  /** What belongs to a response goes to the client, waits, or is dropped. */
  void send(JudgedResponse reply, Event event) {
    while (!reply.isStopped) {
      if (held.isEmpty() && !reply.holds()) {
        pass(reply, event);
        return;
      }
      if (held.hasRoomFor(event.length()) && held.add(reply, event)) {
        return;
      }
      makeRoom(reply);
    }
  }

  private void makeRoom(JudgedResponse reply) {
    HeldMessages.Held<JudgedResponse> first = held.first();
    if (first == null) {
      noRoom.accept(reply);
    } else if (!step()) {
      noRoom.accept(first.waits());
    }
  }

  /** A response has an item that the client has not been told of. */
  void meet(String item) {
    unseen.add(item);
  }

  /** Lets go what waits for nothing any more. */
  void release() {
    slices.run();
  }

  private boolean step() {
    HeldMessages.Held<JudgedResponse> first = held.first();
    if (first == null) {
      return false;
    }
    JudgedResponse reply = first.waits();
    if (reply.isStopped) {
      held.removeFirst();
      return true;
    }
    if (reply.holds()) {
      return false;
    }
    slices.count(first.length());
    Event event = first.event();
    held.removeFirst();
    pass(reply, event);
    return true;
  }

  private void pass(JudgedResponse reply, Event event) {
    Event shown = unseen.show(event);
    switch (event.type()) {
      case RESPONSE_DONE -> {
        reply.clientKnowsItIsDone = true;
        reply.unseen().forEach(unseen::tell);
        reply.unseen().clear();
      }
      case CONVERSATION_ITEM_ADDED, CONVERSATION_ITEM_CREATED -> tellOfItem(reply, event);
      default -> {
        if (!reply.unseen().isEmpty()) {
          tellOfItem(reply, event);
        }
      }
    }
    context.toClient(shown);
  }

  private void tellOfItem(JudgedResponse reply, Event event) {
    String item = new UpstreamEvent(event).item();
    if (reply == none || reply.unseen().remove(item)) {
      unseen.tell(item);
    }
  }

  void end() {
    slices.end();
    held.clear();
  }
}
