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
 * What is known of an upstream's responses and items, by their ids: which are open, and which were
 * stopped, as those stay so until the connection ends. All of it is bounded; an upstream that
 * exceeds a bound can be judged no further. Confined to the session's event loop.
 */
final class JudgedResponses {
  private static final int MOST_OPEN = 64;
  private static final int MOST_ITEMS = 256;
  private static final int MOST_STOPPED = 4_096;

  /** Responses that passed: of what still comes of older ones, each is judged by itself. */
  private static final int REMEMBERED = 256;

  private final Map<String, JudgedResponse> open = new LinkedHashMap<>();

  /** What belongs to no response, and is judged by itself. */
  private final Set<JudgedResponse> apart = new LinkedHashSet<>();

  private final Map<String, JudgedResponse> byItem = new HashMap<>();
  private final Set<String> passed = new LinkedHashSet<>();
  private final Set<String> stopped = new HashSet<>();

  /** Items of responses that were stopped, and whether the client has never heard of them. */
  private final Map<String, Boolean> stoppedItems = new HashMap<>();

  private boolean exceeded;

  /** Whether there is more of it than can be remembered. */
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

  /** The last of those in the conversation that has not ended. */
  @Nullable JudgedResponse running() {
    JudgedResponse last = null;
    for (JudgedResponse reply : open.values()) {
      last = reply.inConversation() && !reply.isDone ? reply : last;
    }
    return last;
  }

  void add(JudgedResponse reply) {
    exceeded |= open.size() + apart.size() >= MOST_OPEN;
    if (reply.id().isEmpty()) {
      apart.add(reply);
    } else {
      open.put(reply.id(), reply);
    }
  }

  /**
   * A response has a further item.
   *
   * @return whether that is new
   */
  boolean addItem(JudgedResponse reply, String item) {
    if (!reply.items().add(item)) {
      return false;
    }
    exceeded |= reply.items().size() > MOST_ITEMS;
    byItem.put(item, reply);
    reply.unseen().add(item);
    if (reply.isStopped) {
      stopItem(reply, item);
    }
    return true;
  }

  /** A response is stopped; so are its items. */
  void stop(JudgedResponse reply) {
    reply.items().forEach(item -> stopItem(reply, item));
  }

  private void stopItem(JudgedResponse reply, String item) {
    stoppedItems.put(item, reply.unseen().contains(item));
    exceeded |= stoppedItems.size() > MOST_STOPPED;
  }

  /** An item that was stopped is gone; whether that is news to the client. */
  boolean tellsThatItIsGone(String item) {
    return Boolean.FALSE.equals(stoppedItems.put(item, true));
  }

  /** Nothing more is expected of it. */
  void close(JudgedResponse reply) {
    apart.remove(reply);
    open.remove(reply.id());
    reply.items().forEach(byItem::remove);
    if (reply.id().isEmpty()) {
      return;
    }
    if (reply.isStopped) {
      stopped.add(reply.id());
      exceeded |= stopped.size() > MOST_STOPPED;
    } else {
      passed.add(reply.id());
      if (passed.size() > REMEMBERED) {
        Iterator<String> oldest = passed.iterator();
        oldest.next();
        oldest.remove();
      }
    }
  }

  /** A copy: what is done with one of them may close it. */
  List<JudgedResponse> all() {
    Collection<JudgedResponse> responses = open.values();
    Set<JudgedResponse> all = new LinkedHashSet<>(responses);
    all.addAll(apart);
    return List.copyOf(all);
  }

  void clear() {
    open.clear();
    apart.clear();
    byItem.clear();
  }
}
