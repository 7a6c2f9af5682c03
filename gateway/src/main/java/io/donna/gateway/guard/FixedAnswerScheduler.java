package io.donna.gateway.guard;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.InspectorContext;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fixed answers of one conversation: those requested, and the one owed in place of a stopped
 * response. An owed answer is requested when no response is in progress, because the upstream makes
 * one at a time. Confined to the session's event loop.
 */
final class FixedAnswerScheduler {
  private static final String BUSY = "conversation_already_has_active_response";

  private final InspectorContext context;
  private final Interventions interventions;
  private final RequestedResponses requested;

  /** IDs of responses in the conversation that the upstream has not ended. */
  private final Set<String> running = new HashSet<>();

  /** Why an answer is owed in place of a response; null if none is. */
  private @Nullable Finding owed;

  /** Why the owed answer was requested, until it begins; null if none is requested. */
  private @Nullable Finding inFlight;

  private String inFlightId = "";

  FixedAnswerScheduler(
      InspectorContext context, Interventions interventions, RequestedResponses requested) {
    this.context = context;
    this.interventions = interventions;
    this.requested = requested;
  }

  /** Requests the fixed answer instead of the response that {@code create} asks for. */
  void ask(ObjectNode create, Optional<String> clientsId, Finding why) {
    FixedAnswer answer = FixedAnswer.of(why.rule().answer());
    send(create, requested.add(clientsId, answer), answer);
  }

  private void send(ObjectNode create, String id, FixedAnswer answer) {
    answer.put(create, id);
    context.toUpstream(Event.of(create));
  }

  /** Schedules a fixed answer in place of a stopped response, for {@link #requestOwed}. */
  void owe(Finding why) {
    owed = why;
  }

  void requestOwed() {
    Finding why = owed;
    if (why != null && running.isEmpty()) {
      owed = null;
      inFlight = why;
      ObjectNode create = JsonNodeFactory.instance.objectNode().put("type", "response.create");
      FixedAnswer answer = FixedAnswer.of(why.rule().answer());
      inFlightId =
          requested.add(Optional.empty(), answer); // set before sending: it may be refused at once
      send(create, inFlightId, answer);
    }
  }

  /** Records that a response has begun. */
  void begin(JudgedResponse reply) {
    if (reply.inConversation()) {
      running.add(reply.id());
    }
    if (reply.isFixed()) {
      clearInFlight();
    }
  }

  /** Records that the upstream has ended a response. */
  void finish(String response) {
    running.remove(response);
  }

  /**
   * Handles the refusal of the response that was requested with the event ID {@code id}.
   *
   * @return whether that was an owed answer, of which the client knows nothing
   */
  boolean refused(String id, String code) {
    Finding answer = inFlight;
    if (answer == null || !id.equals(inFlightId)) {
      return false;
    }
    clearInFlight();
    if (code.equals(BUSY)) {
      owed = answer; // requested again when the active response is done
    } else {
      interventions.tell(answer);
    }
    return true;
  }

  private void clearInFlight() {
    inFlight = null;
    inFlightId = "";
  }
}
