package io.donna.simulator.realtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The items of a session, in order. Confined to the session's event loop. */
final class Conversation {
  /**
   * The number of items whose audio is kept. The audio of an hour's session would exhaust memory.
   */
  private static final int ITEMS_WITH_AUDIO = 16;

  private final String id;
  private final List<Item> items = new ArrayList<>();

  Conversation(String id) {
    this.id = id;
  }

  String id() {
    return id;
  }

  List<Item> items() {
    return List.copyOf(items);
  }

  Optional<Item> find(String itemId) {
    return items.stream().filter(item -> item.id().equals(itemId)).findFirst();
  }

  void append(Item item) {
    items.add(item);
    if (items.size() > ITEMS_WITH_AUDIO) {
      items.get(items.size() - 1 - ITEMS_WITH_AUDIO).forgetAudio();
    }
  }

  /** Inserts an item after another, which must be in the conversation. */
  void insertAfter(Item previous, Item item) {
    items.add(items.indexOf(previous) + 1, item);
  }

  void insertFirst(Item item) {
    items.addFirst(item);
  }

  void remove(Item item) {
    items.remove(item);
  }

  /** The id of the item before this one; null for the first. */
  @Nullable String previousId(Item item) {
    int index = items.indexOf(item);
    return index > 0 ? items.get(index - 1).id() : null;
  }

  /** The id of the last item; null if there is none. */
  @Nullable String lastId() {
    return items.isEmpty() ? null : items.getLast().id();
  }
}
