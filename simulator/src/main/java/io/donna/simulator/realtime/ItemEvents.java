package io.donna.simulator.realtime;

import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.realtime.ClientEvent.ItemCreate;
import io.donna.simulator.realtime.ClientEvent.ItemTruncate;
import java.util.Optional;

/**
 * Handles the client events that concern conversation items. Confined to the session's event loop.
 */
final class ItemEvents {
  private static final int LONGEST_ID = 32;

  private final Conversation conversation;
  private final SessionSettings settings;
  private final Events events;

  ItemEvents(Conversation conversation, SessionSettings settings, Events events) {
    this.conversation = conversation;
    this.settings = settings;
    this.events = events;
  }

  /** Appends an item and announces it. */
  void add(Item item) {
    conversation.append(item);
    announce(item);
  }

  Optional<ProtocolError> create(ItemCreate create) {
    String id = create.item().path("id").asString("");
    if (id.length() > LONGEST_ID) {
      return Optional.of(
          ProtocolError.invalidRequest(
              "string_above_max_length",
              "Invalid 'item.id': string too long. Expected a string with maximum length 32, but"
                  + " got a string with length "
                  + id.length()
                  + " instead.",
              "item.id"));
    }
    if (conversation.find(id).isPresent()) {
      return Optional.of(
          ProtocolError.invalidRequest(
              "item_create_duplicate_item_id",
              "Error adding item: an item with id '" + id + "' already exists.",
              "item.id"));
    }
    Item item = Item.from(create.item(), settings.inputFormat(), events.ids());
    String previous = create.previousItemId().orElse("");
    if (previous.isEmpty()) {
      conversation.append(item);
    } else if ("root".equals(previous)) {
      conversation.insertFirst(item);
    } else {
      Optional<Item> before = conversation.find(previous);
      if (before.isEmpty()) {
        return Optional.of(unknown("create", "previous_item_id", previous));
      }
      conversation.insertAfter(before.get(), item);
    }
    announce(item);
    return Optional.empty();
  }

  Optional<ProtocolError> retrieve(String itemId) {
    Optional<Item> item = conversation.find(itemId);
    item.ifPresent(found ->
        events.send("conversation.item.retrieved", event -> event.set("item", found.retrieved())));
    return item.isPresent()
        ? Optional.empty()
        : Optional.of(unknown("retrieve", "item_id", itemId));
  }

  Optional<ProtocolError> delete(String itemId) {
    Optional<Item> item = conversation.find(itemId);
    item.ifPresent(found -> {
      conversation.remove(found);
      events.send("conversation.item.deleted", event -> event.put("item_id", itemId));
    });
    return item.isPresent() ? Optional.empty() : Optional.of(unknown("delete", "item_id", itemId));
  }

  Optional<ProtocolError> truncate(ItemTruncate truncate) {
    Optional<Item> item = conversation.find(truncate.itemId());
    if (item.isEmpty()) {
      return Optional.of(unknown("truncate", "item_id", truncate.itemId()));
    }
    if (!item.get().isAssistantAudio() || truncate.contentIndex() != 0) {
      return Optional.of(
          ProtocolError.invalidValue(
              "item_id", "Only the audio of an assistant message can be truncated."));
    }
    if (truncate.audioEndMillis() > item.get().audioMillis()) {
      return Optional.of(
          ProtocolError.invalidValue(
              "audio_end_ms",
              "Audio content of %dms is already shorter than %dms"
                  .formatted(item.get().audioMillis(), truncate.audioEndMillis())));
    }
    item.get().truncate(truncate.audioEndMillis());
    events.send(
        "conversation.item.truncated",
        event ->
            event
                .put("item_id", truncate.itemId())
                .put("content_index", truncate.contentIndex())
                .put("audio_end_ms", truncate.audioEndMillis()));
    return Optional.empty();
  }

  private void announce(Item item) {
    String previous = conversation.previousId(item);
    events.sendItem("conversation.item.added", previous, item.json());
    events.sendItem("conversation.item.done", previous, item.json());
  }

  private static ProtocolError unknown(String verb, String param, String itemId) {
    return ProtocolError.invalidRequest(
        "item_" + verb + "_invalid_" + param,
        "Error: the item with id '" + itemId + "' does not exist.",
        param);
  }
}
