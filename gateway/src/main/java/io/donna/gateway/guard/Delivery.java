package io.donna.gateway.guard;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.Passage;
import io.donna.gateway.websocket.HeldBytes;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * What the client gets to hear of responses, in the upstream's order: what waits to be judged has
 * all that is behind it wait, and of a response that was stopped, or of its items, nothing more is
 * heard. Confined to the session's event loop.
 */
final class Delivery {
  /** Two minutes of speech; a response that says more before it is judged could not be judged. */
  private static final int MOST_HELD_BYTES = 8 << 20;

  private final Passage passage;
  private final HeldBack<Reply> held;

  /** Told of a response, where there is no room for what waits for it; it must wait no longer. */
  private final Consumer<Reply> noRoom;

  /** Stands for what belongs to no response. */
  private final Reply none = new Reply("", false);

  /** Items of responses that were stopped: the client hears no more of them. */
  private final Set<String> silenced = new HashSet<>();

  /** Those of them that it has never heard of. */
  private final Set<String> unseen = new HashSet<>();

  Delivery(Passage passage, HeldBytes bytes, Consumer<Reply> noRoom) {
    this.passage = passage;
    this.held = new HeldBack<>(bytes, MOST_HELD_BYTES);
    this.noRoom = noRoom;
  }

  /** What belongs to no response; it waits only for what is before it. */
  void send(Event event) {
    send(none, event);
  }

  /** What belongs to a response goes to the client, waits, or is dropped. */
  void send(Reply reply, Event event) {
    if (reply.isStopped) {
      return;
    }
    if (held.isEmpty() && !reply.holds()) {
      pass(reply, event);
    } else if (!held.add(reply, event)) {
      HeldBack.Held<Reply> first = held.first();
      noRoom.accept(first == null ? reply : first.waits());
      send(reply, event);
    }
  }

  /** An event about an item of the conversation, whoever made it. */
  void sendOfItem(Event event) {
    if (held.isEmpty()) {
      passOfItem(event);
    } else {
      send(event);
    }
  }

  /** A response has a further item, and is about to say so. */
  void addItem(Reply reply, String item) {
    reply.items().add(item);
    if (reply.isStopped) {
      silence(reply, item);
    } else if (held.isEmpty() && !reply.holds()) {
      reply.seen().add(item);
    }
  }

  /** Lets go what waits for nothing any more. */
  void release() {
    for (HeldBack.Held<Reply> first = held.first();
        first != null && !first.waits().holds();
        first = held.first()) {
      held.removeFirst();
      Reply reply = first.waits();
      Event event = first.event();
      if (reply == none) {
        passOfItem(event);
      } else {
        reply.seen().addAll(reply.items());
        pass(reply, event);
      }
    }
  }

  /** Drops what waits of a response that is stopped, and whatever will be said of its items. */
  void drop(Reply reply) {
    reply.items().forEach(item -> silence(reply, item));
    held.removeIf(one -> one.waits() == reply);
  }

  private void silence(Reply reply, String item) {
    if (reply.inConversation()) {
      silenced.add(item);
      if (!reply.seen().contains(item)) {
        unseen.add(item);
      }
    }
  }

  private void pass(Reply reply, Event event) {
    reply.clientKnowsItIsDone |= event.type() == EventType.RESPONSE_DONE;
    passage.toClient(event);
  }

  /** Of items of responses that were stopped the client hears nothing but that they are gone. */
  private void passOfItem(Event event) {
    if (!silenced.isEmpty()) {
      String item = event.tree().map(Delivery::itemOf).orElse("");
      boolean deleted = event.type() == EventType.CONVERSATION_ITEM_DELETED;
      if (silenced.contains(item)) {
        boolean goneAndSeen = deleted && silenced.remove(item) && !unseen.remove(item);
        if (!goneAndSeen) {
          return;
        }
      }
    }
    passage.toClient(event);
  }

  private static String itemOf(JsonNode event) {
    return event.path("item").path("id").asString(event.path("item_id").asString(""));
  }

  void end() {
    held.clear();
  }
}
