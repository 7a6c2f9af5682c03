package io.donna.gateway.policy;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventId;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.event.Replies;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Requests responses to turns and to silence in the upstream's place, where each response must be
 * permitted first. Confined to the session's event loop.
 */
final class ResponseRequester implements TurnResponder.Listener {
  private static final String BUSY = "conversation_already_has_active_response";

  private final InspectorContext context;
  private final SessionView view;
  private final BooleanSupplier endIfUsedUp;
  private final TurnResponder responder;
  private final IdleTimeout idle;

  /**
   * Gates the turns of one connection.
   *
   * @param permission asked before each response; a permitted response is counted
   * @param endIfUsedUp ends the session if a budget is used up, and returns whether one is
   */
  ResponseRequester(
      InspectorContext context,
      SessionView view,
      Supplier<Optional<PolicyRefusal>> permission,
      BooleanSupplier endIfUsedUp) {
    this.context = context;
    this.view = view;
    this.endIfUsedUp = endIfUsedUp;
    this.responder = new TurnResponder(permission, EventId::next, this);
    this.idle = new IdleTimeout(context.eventLoop(), view::idleMillis, responder::idle);
  }

  /** Handles an upstream event that was sent to the client. */
  void onEvent(Event event) {
    switch (event.type()) {
      case INPUT_AUDIO_BUFFER_SPEECH_STARTED -> {
        idle.userStarts();
        responder.spokeAgain();
      }
      case INPUT_AUDIO_BUFFER_SPEECH_STOPPED, INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED -> {
        idle.userStops();
        responder.found(event.string(JsonKey.ITEM_ID).orElse(""));
      }
      case INPUT_AUDIO_BUFFER_COMMITTED ->
          responder.committed(event.string(JsonKey.ITEM_ID).orElse(""), view.answersTurns());
      case RESPONSE_CREATED -> {
        JsonNode response = response(event);
        // An out-of-band response does not block others.
        if (!response.path("conversation_id").isNull()) {
          idle.stop();
          begin(response.path("id").asString(""));
        }
      }
      case RESPONSE_OUTPUT_AUDIO_DELTA -> idle.speak(view.playedMicrosOf(event));
      default -> {}
    }
  }

  private void begin(String response) {
    if (!responder.created(response)) {
      context.end(
          Replies.gatewayError("upstream_excessive", "The upstream has begun too many responses."),
          PolicyCloseReasons.EXCESSIVE);
    }
  }

  void done(Event event) {
    JsonNode response = response(event);
    boolean inConversation = responder.done(response.path("id").asString(""));
    if (inConversation && responder.inFlight().isEmpty()) {
      idle.restart();
    }
  }

  private static JsonNode response(Event event) {
    return event
        .tree()
        .map(tree -> tree.path("response"))
        .orElseGet(() -> MissingNode.getInstance());
  }

  Set<String> inFlight() {
    return responder.inFlight();
  }

  /** Whether a response was requested here with this event ID. */
  boolean isOurs(String eventId) {
    return responder.isOurs(eventId);
  }

  /**
   * Handles the refusal of a response requested here.
   *
   * @return whether the client has to be told
   */
  boolean refused(String code) {
    if (code.equals(BUSY)) {
      responder.busy();
      return false;
    }
    responder.failed();
    return true;
  }

  void end() {
    idle.stop();
  }

  @Override
  public void create(String eventId) {
    context.toUpstream("{\"type\":\"response.create\",\"event_id\":\"" + eventId + "\"}");
  }

  @Override
  public void refused(PolicyRefusal why) {
    if (!endIfUsedUp.getAsBoolean()) {
      context.toClient(Replies.gatewayError(why.code(), why.message()));
    }
  }
}
