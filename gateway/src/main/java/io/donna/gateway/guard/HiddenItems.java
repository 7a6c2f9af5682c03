package io.donna.gateway.guard;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.JsonKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The items that the client has not been told of. An event whose {@code previous_item_id} names one
 * of them is rewritten to name the last item before it that the client knows. Confined to the
 * session's event loop.
 */
final class HiddenItems {
  private static final JsonKey PREVIOUS = JsonKey.of("previous_item_id");

  /**
   * By hidden item, the last item that the client was told of before it; empty if there was none.
   */
  private final Map<String, String> before = new HashMap<>();

  private String last = "";

  /** Hides an item from the client for now. */
  void add(String item) {
    before.putIfAbsent(item, last);
  }

  /** Records that the client is told of an item. */
  void reveal(String item) {
    before.remove(item);
    last = item;
  }

  /** {@code event} without references to hidden items. */
  Event rewrite(Event event) {
    Optional<String> previous =
        before.isEmpty() ? Optional.empty() : event.string(PREVIOUS).filter(before::containsKey);
    return previous
        .flatMap(hidden ->
            event.tree().map(tree -> event.rewrite(tree.put("previous_item_id", known(hidden)))))
        .orElse(event);
  }

  private @Nullable String known(String hidden) {
    String known = before.getOrDefault(hidden, "");
    return known.isEmpty() ? null : known;
  }
}
