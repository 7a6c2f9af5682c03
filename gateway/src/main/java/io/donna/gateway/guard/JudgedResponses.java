package io.donna.gateway.guard;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The upstream's responses and items by ID: the open ones, and the stopped ones, which stay stopped
 * until the connection ends. All of it is bounded; an upstream that exceeds a bound can no longer
 * be judged. Confined to the session's event loop.
 */
final class JudgedResponses {
  private static final int MAX_OPEN = 64;
  private static final int MAX_ITEMS = 256;
  private static final int MAX_STOPPED = 4_096;

  /** How many passed responses are remembered. Later output of older ones is judged by itself. */
  private static final int REMEMBERED = 256;

  private final Map<String, JudgedResponse> open = new LinkedHashMap<>();

  /** Output that belongs to no response, each judged by itself. */
  private final Set<JudgedResponse> unattributed = new LinkedHashSet<>();

  private final Map<String, JudgedResponse> byItem = new HashMap<>();
  private final Set<String> passed = new LinkedHashSet<>();
  private final Set<String> stopped = new HashSet<>();

  /**
   * Items of stopped responses; true for those that the client does not know, or knows to be
   * deleted.
   */
  private final Map<String, Boolean> stoppedItems = new HashMap<>();

  private boolean exceeded;

  /** Whether a bound was exceeded. */
  boolean isExceeded() {
    return exceeded;
  }

  @Nullable JudgedResponse open(String id) {
    return open.get(id);
  }

  boolean isStopped(String id) {
    return stopped.contains(id);
  }

  boolean hasPassed(String id) {
    return passed.contains(id);
  }

  boolean isStoppedItem(String item) {
    return stoppedItems.containsKey(item);
  }

  @Nullable JudgedResponse ofItem(String item) {
    return byItem.get(item);
  }

  /** The latest response in the conversation that has not ended. */
  @Nullable JudgedResponse running() {
    JudgedResponse last = null;
    for (JudgedResponse reply : open.values()) {
      last = reply.inConversation() && !reply.isDone ? reply : last;
    }
    return last;
  }

  void add(JudgedResponse reply) {
    exceeded |= open.size() + unattributed.size() >= MAX_OPEN;
    if (reply.id().isEmpty()) {
      unattributed.add(reply);
    } else {
      open.put(reply.id(), reply);
    }
  }

  /**
   * Adds an item to a response.
   *
   * @return whether the item is new
   */
  boolean addItem(JudgedResponse reply, String item) {
    if (!reply.items().add(item)) {
      return false;
    }
    exceeded |= reply.items().size() > MAX_ITEMS;
    byItem.put(item, reply);
    reply.unseen().add(item);
    if (reply.isStopped) {
      stopItem(reply, item);
    }
    return true;
  }

  /** Marks the items of a stopped response as stopped. */
  void stop(JudgedResponse reply) {
    reply.items().forEach(item -> stopItem(reply, item));
  }

  private void stopItem(JudgedResponse reply, String item) {
    stoppedItems.put(item, reply.unseen().contains(item));
    exceeded |= stoppedItems.size() > MAX_STOPPED;
  }

  /**
   * Records that a stopped item was deleted.
   *
   * @return whether the client knows the item and has to be told
   */
  boolean recordDeletion(String item) {
    return Boolean.FALSE.equals(stoppedItems.put(item, true));
  }

  /** Removes a response that has ended, and remembers whether it passed. */
  void close(JudgedResponse reply) {
    unattributed.remove(reply);
    open.remove(reply.id());
    reply.items().forEach(byItem::remove);
    if (reply.id().isEmpty()) {
      return;
    }
    if (reply.isStopped) {
      stopped.add(reply.id());
      exceeded |= stopped.size() > MAX_STOPPED;
    } else {
      passed.add(reply.id());
      if (passed.size() > REMEMBERED) {
        Iterator<String> oldest = passed.iterator();
        oldest.next();
        oldest.remove();
      }
    }
  }

  /** All open responses, as a copy: handling one may close it. */
  List<JudgedResponse> all() {
    Collection<JudgedResponse> responses = open.values();
    Set<JudgedResponse> all = new LinkedHashSet<>(responses);
    all.addAll(unattributed);
    return List.copyOf(all);
  }

  void clear() {
    open.clear();
    unattributed.clear();
    byItem.clear();
  }
}
