package io.donna.simulator.live;

import io.donna.simulator.protocol.Outlet;
import io.donna.simulator.protocol.Pace;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.RealtimeEvents;
import io.donna.simulator.protocol.Session;
import io.donna.simulator.protocol.SessionContext;
import io.donna.simulator.protocol.SessionFault;
import io.donna.simulator.protocol.Vocabulary.Reading;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A session until it has started: silent until `session.start`, which it accepts or refuses.
 * Afterwards its conversation handles everything. Confined to its event loop.
 */
final class LiveSession implements Session {
  private static final ProtocolError NO_CREDIT =
      ProtocolError.invalidRequest(
          "credit_balance_exhausted",
          "You have no credits remaining. Add credits to continue using the API at"
              + " https://platform.openai.com/settings/organization/billing/.");

  /** Recorded: about 300 ms, as much again for a delegation, and as much for a history. */
  private static final Duration STARTING = Duration.ofMillis(300);

  private static final Duration CREDIT_CHECK = Duration.ofMillis(600);

  /** Recorded: the time between a fatal error and the end of the connection. */
  private static final Duration BEFORE_DROP = Duration.ofSeconds(2);

  private final SessionContext context;
  private final Outlet outlet;
  private final Pace pace;
  private final LiveEvents events;
  private boolean starting;
  private @Nullable LiveConversation conversation;

  LiveSession(SessionContext context) {
    this.context = context;
    this.outlet = context.outlet();
    this.pace = context.pace();
    this.events = new LiveEvents(outlet, context.ids());
  }

  @Override
  public void start() {
    // The API says nothing before it has received session.start.
  }

  @Override
  public void receive(String message) {
    switch (LiveShapes.VOCABULARY.read(message)) {
      case Reading.Understood(String type, ObjectNode event, String eventId) -> {
        Optional<ProtocolError> error =
            conversation == null
                ? beforeStart(type, event, eventId)
                : conversation.handle(type, event, eventId);
        error.ifPresent(it -> events.sendError(it, eventId));
      }
      case Reading.Rejected(ProtocolError error, String eventId) ->
          events.sendError(error, eventId);
    }
  }

  @Override
  public void receiveBinary() {
    events.sendError(RealtimeEvents.BINARY, null);
  }

  @Override
  public void stop() {
    pace.stop();
  }

  private Optional<ProtocolError> beforeStart(
      String type, ObjectNode event, @Nullable String eventId) {
    if ("session.start".equals(type) && !starting) {
      starting = true;
      judge(event.get("session"), eventId);
      return Optional.empty();
    }
    if (starting && "session.input_audio.append".equals(type)) {
      // Recorded: audio before session.started is lost without an error.
      return Optional.empty();
    }
    String message =
        starting
            ? "Wait for session.started before sending '" + type + "'."
            : "The first event must be 'session.start', not '" + type + "'.";
    return Optional.of(ProtocolError.invalidRequest("invalid_event", message, "type"));
  }

  private void judge(JsonNode start, @Nullable String eventId) {
    boolean faulty = outlet.misbehave(start.path("model").asString(""));
    Optional<ProtocolError> refusal = SessionObject.refusal(start, faulty);
    if (refusal.isPresent()) {
      refuse(refusal.get(), eventId);
    } else if (outlet.has(SessionFault.NO_CREDIT)) {
      pace.after(
          pace.scaled(CREDIT_CHECK),
          () -> {
            events.sendRefusal(NO_CREDIT);
            drop();
          });
    } else {
      Duration wait = STARTING;
      wait = start.path("delegation").isObject() ? wait.plus(STARTING) : wait;
      wait = start.path("input").isEmpty() ? wait : wait.plus(STARTING);
      pace.after(pace.scaled(wait), () -> begin(start, eventId));
    }
  }

  private void refuse(ProtocolError error, @Nullable String eventId) {
    context.journal().accept("refused: " + error.message());
    events.sendError(error, eventId);
    drop();
  }

  private void drop() {
    pace.after(pace.scaled(BEFORE_DROP), outlet::drop);
  }

  private void begin(JsonNode start, @Nullable String eventId) {
    long expiresAt = pace.now().plus(context.limit()).getEpochSecond();
    SessionObject session = SessionObject.started(start, context.ids().liveSession(), expiresAt);
    context.journal().accept("started: " + session.model());
    LiveConversation begun = new LiveConversation(session, context, events);
    conversation = begun;
    events.sendIdFirst("session.started", eventId, event -> event.set("session", session.json()));
    begun.begin();
  }
}
