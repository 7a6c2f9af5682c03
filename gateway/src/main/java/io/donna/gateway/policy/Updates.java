package io.donna.gateway.policy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The session updates that the upstream has still to answer, in their order: each by one {@code
 * session.updated}, or by an {@code error} that names it. Confined to the session's event loop.
 */
final class Updates {
  /**
   * One of them.
   *
   * @param id its {@code event_id}
   * @param own whether the gateway sent it of its own accord; its echo is not the client's
   * @param named whether the client gave it that id; an error must not name another to it
   * @param answers whether turns are to be answered, where it says so
   * @param transcripts whether the user's speech is to be written down, where it says so
   */
  record Update(
      String id,
      boolean own,
      boolean named,
      Optional<Boolean> answers,
      Optional<Boolean> transcripts) {}

  private final Deque<Update> open = new ArrayDeque<>();

  void sent(Update update) {
    open.add(update);
  }

  /** The upstream has taken the next one; empty where it changed the session by itself. */
  Optional<Update> taken() {
    return Optional.ofNullable(open.poll());
  }

  /** The upstream has refused the one that has this id, if one has. */
  @Nullable Update refused(String id) {
    for (Iterator<Update> all = open.iterator(); all.hasNext(); ) {
      Update update = all.next();
      if (update.id.equals(id)) {
        all.remove();
        return update;
      }
    }
    return null;
  }
}
