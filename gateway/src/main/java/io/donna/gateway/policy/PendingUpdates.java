package io.donna.gateway.policy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The session updates that the upstream has not answered, in order. It answers each with one {@code
 * session.updated}, or with an {@code error} that names it. All are sent with event IDs of the
 * gateway's, because a client may use one of its own twice. Confined to the session's event loop.
 */
final class PendingUpdates {
  /** The most unanswered updates of one client. */
  static final int MAX_OPEN = 64;

  /**
   * An unanswered update.
   *
   * @param own whether the gateway sent it on its own; the client must not see its echo
   * @param clientsId the {@code event_id} that the client gave it, restored in errors about it
   * @param detection its turn detection settings
   * @param transcripts whether it asks for transcripts of the user's speech; empty if it does not
   *     say
   * @param bytesPerSecond the byte rate of the user's speech that it sets; empty if it does not say
   */
  record Update(
      boolean own,
      Optional<String> clientsId,
      TurnDetection.Settings detection,
      Optional<Boolean> transcripts,
      Optional<Integer> bytesPerSecond) {}

  private final Map<String, Update> open = new LinkedHashMap<>();

  boolean isFull() {
    return open.size() >= MAX_OPEN;
  }

  /** Adds an update that was sent with the gateway's event ID {@code id}. */
  void sent(String id, Update update) {
    open.put(id, update);
  }

  /**
   * Removes the update that the upstream has just accepted; empty if the upstream changed the
   * session on its own.
   */
  Optional<Update> accepted() {
    return open.isEmpty()
        ? Optional.empty()
        : Optional.ofNullable(open.remove(open.keySet().iterator().next()));
  }

  /** Removes the update with this event ID, which the upstream refused; null if there is none. */
  @Nullable Update refused(String id) {
    return open.remove(id);
  }

  /** The lowest byte rate of speech among {@code stated} and every pending update. */
  int fewestBytesPerSecond(int stated) {
    int fewest = stated;
    for (Update update : open.values()) { // at most 64, and only when one is sent or answered
      fewest = Math.min(fewest, update.bytesPerSecond.orElse(fewest));
    }
    return fewest;
  }
}
