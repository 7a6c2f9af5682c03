package io.donna.gateway.policy;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Answers the turns that the upstream finds in the user's speech, in its place: once a turn may be
 * answered, and no response is in flight, it asks for one. Confined to the session's event loop.
 */
final class TurnResponder {
  /** An upstream with more begun, or with longer ids, is none that speaks the protocol. */
  private static final int MOST_IN_FLIGHT = 64;

  private static final int LONGEST_ID = 1_024;

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
  TurnResponder(Supplier<Optional<Refusal>> permission, Supplier<String> ids, Listener listener) {
    this.permission = permission;
    this.ids = ids;
    this.listener = listener;
  }

  /** The upstream has found the end of a turn, or waited long enough for one. */
  void found(String item) {
    foundItem = item;
  }

  /** Nobody has spoken for as long as the client wants to wait. */
  void idle() {
    answerWhenFree();
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

  /**
   * A response has begun.
   *
   * @return whether it could be remembered, as a conversation's can be
   */
  boolean created(String response) {
    awaited = false;
    if (response.length() > LONGEST_ID || inFlight.size() >= MOST_IN_FLIGHT) {
      return false;
    }
    inFlight.add(response);
    return true;
  }

  /**
   * A response is done.
   *
   * @return whether it was in flight here
   */
  boolean done(String response) {
    boolean was = inFlight.remove(response);
    if (waits && inFlight.isEmpty()) {
      answerWhenFree();
    }
    return was;
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
