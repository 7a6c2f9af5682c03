package io.donna.gateway.policy;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.InspectorContext;
import io.donna.gateway.realtime.Key;
import io.donna.gateway.realtime.Replies;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Answers turns and silence in the upstream's place, where each response has to be permitted first.
 * Confined to the session's event loop.
 */
final class GatedTurns implements TurnResponder.Listener {
  private static final String BUSY = "conversation_already_has_active_response";

  private final InspectorContext context;
  private final SessionView view;
  private final BooleanSupplier endIfUsedUp;
  private final TurnResponder turns;
  private final IdleTimeout idle;

  /**
   * Turns of one connection.
   *
   * @param permission asked before each response, which it then counts
   * @param endIfUsedUp ends the session where a budget is used up, and says whether one is
   */
  GatedTurns(
      InspectorContext context,
      SessionView view,
      Supplier<Optional<Refusal>> permission,
      BooleanSupplier endIfUsedUp) {
    this.context = context;
    this.view = view;
    this.endIfUsedUp = endIfUsedUp;
    this.turns = new TurnResponder(permission, EventId::next, this);
    this.idle = new IdleTimeout(context.eventLoop(), view::idleMillis, turns::idle);
  }

  /** Any event of the upstream's, after the client has it. */
  void hear(Event event) {
    switch (event.type()) {
      case INPUT_AUDIO_BUFFER_SPEECH_STARTED -> {
        idle.userStarts();
        turns.spokeAgain();
      }
      case INPUT_AUDIO_BUFFER_SPEECH_STOPPED, INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED -> {
        idle.userStops();
        turns.found(event.string(Key.ITEM_ID).orElse(""));
      }
      case INPUT_AUDIO_BUFFER_COMMITTED ->
          turns.committed(event.string(Key.ITEM_ID).orElse(""), view.answersTurns());
      case RESPONSE_CREATED -> {
        JsonNode response = response(event);
        // One out of band is in nobody's way.
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
    if (!turns.created(response)) {
      context.end(
          Replies.gatewayError("upstream_excessive", "The upstream has begun too many responses."),
          PolicyCloseReasons.EXCESSIVE);
    }
  }

  void done(Event event) {
    JsonNode response = response(event);
    boolean inConversation = turns.done(response.path("id").asString(""));
    if (inConversation && turns.inFlight().isEmpty()) {
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
    return turns.inFlight();
  }

  /** Whether {@code eventId} is that of a response that was asked for here. */
  boolean isOurs(String eventId) {
    return turns.isOurs(eventId);
  }

  /**
   * The upstream would not make it.
   *
   * @return whether the client has to hear of that
   */
  boolean refused(String code) {
    if (code.equals(BUSY)) {
      turns.busy();
      return false;
    }
    turns.failed();
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
  public void refused(Refusal why) {
    if (!endIfUsedUp.getAsBoolean()) {
      context.toClient(Replies.gatewayError(why.code(), why.message()));
    }
  }
}
