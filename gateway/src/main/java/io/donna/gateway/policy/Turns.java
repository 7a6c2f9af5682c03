package io.donna.gateway.policy;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Answers the turns that the upstream finds in the user's speech, in its place: once a turn may be
 * answered, and no response is in flight, it asks for one. Confined to the session's event loop.
 */
final class Turns {
  /** What a turn leads to. */
  interface Listener {
    /** Asks the upstream for a response. */
    void create(String eventId);

    /** The turn will not be answered. */
    void refused(Refusal why);
  }

  private final Supplier<Optional<Refusal>> permission;
  private final Supplier<String> ids;
  private final Listener listener;

  /** The items that the upstream's own voice detection is about to commit. */
  private String foundItem = "";

  private final Set<String> inFlight = new HashSet<>();

  /** What was asked for last. The upstream may still refuse it when another response has begun. */
  private String asked = "";

  private boolean awaited;
  private boolean waits;

  /**
   * Turns of one connection.
   *
   * @param permission asked before each response, which it then counts
   */
  Turns(Supplier<Optional<Refusal>> permission, Supplier<String> ids, Listener listener) {
    this.permission = permission;
    this.ids = ids;
    this.listener = listener;
  }

  /** The upstream has found the end of a turn, or waited long enough for one. */
  void found(String item) {
    foundItem = item;
  }

  /** The user speaks again: the end of that will be answered, and with it what waits. */
  void spokeAgain() {
    waits = false;
  }

  /** The user's audio is an item now; where the client committed it, it asks for itself. */
  void committed(String item, boolean answers) {
    boolean ofServer = !item.isEmpty() && item.equals(foundItem);
    foundItem = "";
    if (ofServer && answers) {
      answerWhenFree();
    }
  }

  private void answerWhenFree() {
    if (awaited || !inFlight.isEmpty()) {
      waits = true;
      return;
    }
    waits = false;
    Optional<Refusal> refusal = permission.get();
    if (refusal.isPresent()) {
      listener.refused(refusal.get());
      return;
    }
    asked = ids.get();
    awaited = true;
    listener.create(asked);
  }

  void created(String response) {
    awaited = false;
    inFlight.add(response);
  }

  void done(String response) {
    inFlight.remove(response);
    if (waits && inFlight.isEmpty()) {
      answerWhenFree();
    }
  }

  Set<String> inFlight() {
    return inFlight;
  }

  /** Whether {@code eventId} is that of a response that was asked for here. */
  boolean isOurs(String eventId) {
    return eventId.equals(asked);
  }

  /** The upstream would not answer now, as it is answering already. */
  void busy() {
    awaited = false;
    waits = true;
  }

  /** The upstream would not answer. */
  void failed() {
    awaited = false;
  }
}
