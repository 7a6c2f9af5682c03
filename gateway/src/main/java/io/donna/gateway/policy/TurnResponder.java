package io.donna.gateway.policy;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Requests responses to the turns that the upstream detects in the user's speech, in its place: one
 * at a time, as soon as the turn may be answered and no response is in flight. Confined to the
 * session's event loop.
 */
final class TurnResponder {
  /** Bounds that no upstream exceeds that follows the protocol. */
  private static final int MAX_IN_FLIGHT = 64;

  private static final int LONGEST_ID = 1_024;

  /** Carries out the decision on a turn. */
  interface Listener {
    /** Asks the upstream for a response. */
    void create(String eventId);

    /** Handles a turn that may not be answered. */
    void refused(PolicyRefusal why);
  }

  private final Supplier<Optional<PolicyRefusal>> permission;
  private final Supplier<String> ids;
  private final Listener listener;

  /** The item that the upstream's voice activity detection is about to commit. */
  private String foundItem = "";

  private final Set<String> inFlight = new HashSet<>();

  /**
   * Event ID of the latest request. The upstream may still refuse it after another response has
   * begun.
   */
  private String asked = "";

  private boolean awaited;
  private boolean waits;

  /**
   * Answers the turns of one connection.
   *
   * @param permission asked before each response; a permitted response is counted
   */
  TurnResponder(
      Supplier<Optional<PolicyRefusal>> permission, Supplier<String> ids, Listener listener) {
    this.permission = permission;
    this.ids = ids;
    this.listener = listener;
  }

  /** Records that the upstream has detected the end of a turn, or its timeout has passed. */
  void found(String item) {
    foundItem = item;
  }

  /** Answers silence that has lasted as long as the client allows. */
  void idle() {
    answerWhenFree();
  }

  /** Drops the waiting turn, because the user speaks again: the end of that speech answers both. */
  void spokeAgain() {
    waits = false;
  }

  /**
   * Answers a committed turn, unless the client committed it: then the client asks for the
   * response.
   */
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
    Optional<PolicyRefusal> refusal = permission.get();
    if (refusal.isPresent()) {
      listener.refused(refusal.get());
      return;
    }
    asked = ids.get();
    awaited = true;
    listener.create(asked);
  }

  /**
   * Adds a response that has begun in the conversation.
   *
   * @return false if its ID is too long, or too many are in flight
   */
  boolean created(String response) {
    awaited = false;
    if (response.length() > LONGEST_ID || inFlight.size() >= MAX_IN_FLIGHT) {
      return false;
    }
    inFlight.add(response);
    return true;
  }

  /**
   * Removes a response that is done, and answers a waiting turn.
   *
   * @return whether it was in flight
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

  /** Whether the latest response was requested with this event ID. */
  boolean isOurs(String eventId) {
    return eventId.equals(asked);
  }

  /** Handles a refusal because another response is active: the turn waits for its end. */
  void busy() {
    awaited = false;
    waits = true;
  }

  /** Handles any other refusal: the turn is not answered. */
  void failed() {
    awaited = false;
  }
}
