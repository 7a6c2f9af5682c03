package io.donna.gateway.guard;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.Key;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Items that the client has not been told of: where an event says that another stands behind one of
 * them, the client is told the last one before it that it knows. Confined to the session's event
 * loop.
 */
final class HiddenItems {
  private static final Key PREVIOUS = Key.of("previous_item_id");

  /** By each of them, the item that the client was told of last before it; empty for none. */
  private final Map<String, String> before = new HashMap<>();

  private String last = "";

  /** There is an item that the client is not told of for now. */
  void add(String item) {
    before.putIfAbsent(item, last);
  }

  /** The client is told of an item. */
  void tell(String item) {
    before.remove(item);
    last = item;
  }

  /** {@code event} as the client may see it. */
  Event show(Event event) {
    Optional<String> previous =
        before.isEmpty() ? Optional.empty() : event.string(PREVIOUS).filter(before::containsKey);
    return previous
        .flatMap(unseen ->
            event.tree().map(tree -> event.rewrite(tree.put("previous_item_id", known(unseen)))))
        .orElse(event);
  }

  private @Nullable String known(String unseen) {
    String known = before.getOrDefault(unseen, "");
    return known.isEmpty() ? null : known;
  }
}
