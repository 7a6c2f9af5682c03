package io.donna.gateway.guard;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import java.util.function.Consumer;

/**
 * Delivers responses to the client in the upstream's order. Events behind one that waits for a
 * judgement wait, too; the rest of a stopped response is dropped. Confined to the session's event
 * loop.
 */
final class OrderedDelivery {
  /**
   * Two minutes of speech. A response that is longer before it is judged could not be judged
   * anyway.
   */
  private static final int MAX_HELD_BYTES = 8 << 20;

  private static final int MAX_HELD_MESSAGES = 16_384;

  private final InspectorContext context;
  private final HeldMessages<JudgedResponse> held;
  private final SlicedWork slices;
  private final HiddenItems hiddenItems = new HiddenItems();

  /** Called with the response to stop when the queue is full; it must not wait afterwards. */
  private final Consumer<JudgedResponse> noRoom;

  /** The response of events that belong to none. */
  private final JudgedResponse none = new JudgedResponse("", false);

  OrderedDelivery(InspectorContext context, SessionMemory memory, Consumer<JudgedResponse> noRoom) {
    this.context = context;
    this.held = new HeldMessages<>(memory, MAX_HELD_BYTES, MAX_HELD_MESSAGES);
    this.slices = new SlicedWork(context.eventLoop(), this::step);
    this.noRoom = noRoom;
  }

  /** Sends an event that carries nothing of a response, past the queue. */
  void sendNow(Event event) {
    if (event.type() == EventType.INPUT_AUDIO_BUFFER_COMMITTED) {
      Event shown = hiddenItems.rewrite(event);
      event.string(JsonKey.ITEM_ID).ifPresent(hiddenItems::reveal);
      context.toClient(shown);
    } else {
      context.toClient(event);
    }
  }

  /** Sends an event that belongs to no response, behind what is queued. */
  void send(Event event) {
    send(none, event);
  }

  /** Sends, queues or drops an event of a response. */
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

  /** Hides an item until an event of its response tells the client of it. */
  void hide(String item) {
    hiddenItems.add(item);
  }

  /** Delivers queued events that have nothing left to wait for. */
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
    Event shown = hiddenItems.rewrite(event);
    switch (event.type()) {
      case RESPONSE_DONE -> {
        reply.isDoneSent = true;
        reply.unseen().forEach(hiddenItems::reveal);
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
      hiddenItems.reveal(item);
    }
  }

  void end() {
    slices.end();
    held.clear();
  }
}
