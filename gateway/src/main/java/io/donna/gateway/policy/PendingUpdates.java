package io.donna.gateway.policy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The session updates that the upstream has still to answer, in their order: each by one {@code
 * session.updated}, or by an {@code error} that names it. All go by ids of the gateway's own, as a
 * client may use one of its own twice. Confined to the session's event loop.
 */
final class PendingUpdates {
  /** More than these no client has on their way at once. */
  static final int MOST_OPEN = 64;

  /**
   * One of them.
   *
   * @param own whether the gateway sent it of its own accord; its echo is not the client's
   * @param given the {@code event_id} that the client gave it; an error must not name another to it
   * @param detection what it says of turn detection
   * @param transcripts whether the user's speech is to be written down, where it says so
   * @param bytesASecond that the user's speech has by it, where it says so
   */
  record Update(
      boolean own,
      Optional<String> given,
      TurnDetection.Asked detection,
      Optional<Boolean> transcripts,
      Optional<Integer> bytesASecond) {}

  private final Map<String, Update> open = new LinkedHashMap<>();

  boolean areTooMany() {
    return open.size() >= MOST_OPEN;
  }

  /** It has gone out by {@code id}, which is ours. */
  void sent(String id, Update update) {
    open.put(id, update);
  }

  /** The upstream has taken the next one; empty where it changed the session by itself. */
  Optional<Update> taken() {
    return open.isEmpty()
        ? Optional.empty()
        : Optional.ofNullable(open.remove(open.keySet().iterator().next()));
  }

  /** The upstream has refused the one that has this id, if one has. */
  @Nullable Update refused(String id) {
    return open.remove(id);
  }

  /** The fewest bytes a second of speech: of {@code stated}, and of every format on its way. */
  int fewestBytesASecond(int stated) {
    int fewest = stated;
    for (Update update : open.values()) { // at most 64, and only when one is sent or answered
      fewest = Math.min(fewest, update.bytesASecond.orElse(fewest));
    }
    return fewest;
  }
}
