package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.Key;
import io.donna.gateway.realtime.Passage;
import io.donna.gateway.realtime.Replies;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Holds one client to its tier while it talks with one upstream: judges what it says, answers turns
 * where they are gated, and ends what has used up its budget. Confined to the session's event loop.
 */
final class PolicyInspector implements Inspector {
  /** An upstream that has not taken a session for so long does not take it. */
  private static final long SET_UP_SECONDS = 15;

  private static final Refusal TOO_FAST =
      new Refusal("rate_limit_exceeded", "Too much at once. Send less, or more slowly.");
  private static final Refusal NO_AUDIO =
      new Refusal("invalid_value", "Invalid value: 'audio' must be a string of base64.");
  private static final Refusal NOT_TEXT =
      new Refusal(
          "invalid_event", "Expected a text WebSocket message; binary frames are not supported.");
  private static final Refusal KEY_TWICE =
      new Refusal("invalid_json", "Invalid event: failed to parse JSON value.");

  private static final String BUSY = "conversation_already_has_active_response";

  private final PolicySession session;

  private final boolean gates;
  private final SessionView view;

  /** Where turns are gated. */
  private @Nullable Turns turns;

  private @Nullable ScheduledFuture<?> setUpLimit;

  PolicyInspector(Tier tier, PolicySession session) {
    this.session = session;
    this.gates = tier.gatesTurns();
    this.view = new SessionView(tier);
  }

  @Override
  public void begin(Passage passage) {
    if (gates) {
      turns = new Turns(session::takeResponse, EventId::next, new Answers(passage));
    }
    view.setUp(passage);
    if (view.isSettingUp()) {
      setUpLimit =
          passage
              .eventLoop()
              .schedule(() -> view.giveUp(passage), SET_UP_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Override
  public void fromClient(Event event, Passage passage) {
    session.hear();
    Optional<Refusal> refusal = refuse(event);
    if (refusal.isPresent()) {
      passage.refuse(event, refusal.get().code(), refusal.get().message());
      return;
    }
    switch (event.type()) {
      case SESSION_UPDATE, RESPONSE_CREATE, CONVERSATION_ITEM_CREATE -> judge(event, passage);
      default -> passage.toUpstream(event);
    }
  }

  /** What can be told without reading it as a tree. */
  private Optional<Refusal> refuse(Event event) {
    if (!event.isText()) {
      return Optional.of(NOT_TEXT);
    }
    EventType type = event.type();
    if (!session
        .rules()
        .allow(type, type == EventType.UNKNOWN ? event.string(Key.TYPE) : Optional.empty())) {
      return Optional.of(
          new Refusal("event_not_allowed", "Events of this type are not allowed here."));
    }
    if (!session.allowances().takeMessage(event.length())) {
      return Optional.of(TOO_FAST);
    }
    if (type == EventType.INPUT_AUDIO_BUFFER_APPEND) {
      int base64 = event.lengthOfString(Key.AUDIO);
      return base64 < 0
          ? Optional.of(NO_AUDIO)
          : session.allowances().takeAudio(view.microsOf(base64))
              ? Optional.empty()
              : Optional.of(TOO_FAST);
    }
    return Optional.empty();
  }

  private void judge(Event event, Passage passage) {
    Optional<ObjectNode> read = event.tree();
    if (read.isEmpty()) {
      passage.refuse(event, KEY_TWICE.code(), KEY_TWICE.message());
      return;
    }
    ObjectNode tree = read.get();
    ObjectNode before = tree.deepCopy();
    Optional<Refusal> refusal =
        session.rules().judge(event.type(), tree).or(() -> countAudio(event.type(), tree));
    if (refusal.isEmpty() && event.type() == EventType.RESPONSE_CREATE) {
      if (endIfUsedUp(passage)) {
        return;
      }
      refusal = session.takeResponse();
    }
    if (refusal.isEmpty() && event.type() == EventType.SESSION_UPDATE) {
      refusal = view.send(tree);
    }
    if (refusal.isPresent()) {
      passage.refuse(event, refusal.get().code(), refusal.get().message());
    } else if (tree.equals(before)) {
      passage.toUpstream(event);
    } else {
      passage.toUpstream(tree.toString());
    }
  }

  private Optional<Refusal> countAudio(EventType type, ObjectNode tree) {
    if (type == EventType.SESSION_UPDATE) {
      return Optional.empty(); // its "audio" is none
    }
    return session.allowances().takeAudio(view.microsOf(audioIn(tree)))
        ? Optional.empty()
        : Optional.of(TOO_FAST);
  }

  private static long audioIn(JsonNode node) {
    long sum = 0;
    for (JsonNode value : node.findValues("audio")) {
      sum += value.isString() ? value.asString().length() : 0;
    }
    return sum;
  }

  @Override
  public void fromUpstream(Event event, Passage passage) {
    session.hear();
    switch (event.type()) {
      case SESSION_CREATED, SESSION_UPDATED -> view.receive(event, passage);
      case ERROR -> onError(event, passage);
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_SEGMENT,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_UPDATED -> {
        if (!view.hidesTranscripts()) {
          passage.toClient(event);
        }
        endIfUsedUp(passage); // transcriptions are billed, too
      }
      case RESPONSE_DONE -> {
        passage.toClient(event);
        onDone(event, passage);
      }
      default -> {
        passage.toClient(event);
        if (turns != null) {
          onTurn(event, turns);
        }
      }
    }
  }

  private void onTurn(Event event, Turns gated) {
    switch (event.type()) {
      case INPUT_AUDIO_BUFFER_SPEECH_STARTED -> gated.spokeAgain();
      case INPUT_AUDIO_BUFFER_SPEECH_STOPPED, INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED ->
          gated.found(event.string(Key.ITEM_ID).orElse(""));
      case INPUT_AUDIO_BUFFER_COMMITTED ->
          gated.committed(event.string(Key.ITEM_ID).orElse(""), view.answersTurns());
      case RESPONSE_CREATED -> {
        JsonNode response = response(event);
        // One out of band is in nobody's way.
        if (!response.path("conversation_id").isNull()) {
          gated.created(response.path("id").asString(""));
        }
      }
      default -> {}
    }
  }

  private void onDone(Event event, Passage passage) {
    if (!endIfUsedUp(passage) && turns != null) {
      turns.done(response(event).path("id").asString(""));
    }
  }

  private boolean endIfUsedUp(Passage passage) {
    Optional<Refusal> usedUp = session.usedUp();
    usedUp.ifPresent(why -> exhaust(why, passage));
    return usedUp.isPresent();
  }

  private static JsonNode response(Event event) {
    return event
        .tree()
        .map(tree -> tree.path("response"))
        .orElseGet(() -> MissingNode.getInstance());
  }

  private void onError(Event event, Passage passage) {
    Optional<ObjectNode> tree = event.tree();
    String offender =
        tree.map(error -> error.path("error").path("event_id").asString("")).orElse("");
    if (tree.isEmpty() || offender.isEmpty()) {
      passage.toClient(event);
      return;
    }
    if (turns != null && turns.isOurs(offender)) {
      if (BUSY.equals(tree.get().path("error").path("code").asString(""))) {
        turns.busy();
        return;
      }
      turns.failed();
      passage.toClient(SessionView.withoutOffender(tree.get()));
      return;
    }
    view.receiveError(event, tree.get(), offender, passage);
  }

  @Override
  public void end() {
    if (setUpLimit != null) {
      setUpLimit.cancel(false);
    }
  }

  /** What runs is stopped, as it is billed by what was made of it, and the session ends. */
  private void exhaust(Refusal usedUp, Passage passage) {
    if (turns != null) {
      for (String response : turns.inFlight()) {
        passage.toUpstream(
            "{\"type\":\"response.cancel\",\"response_id\":" + StringNode.valueOf(response) + "}");
      }
    }
    passage.end(Replies.gatewayError(usedUp.code(), usedUp.message()), Closures.BUDGET);
  }

  /** Answers turns in the upstream's place. */
  private final class Answers implements Turns.Listener {
    private final Passage passage;

    Answers(Passage passage) {
      this.passage = passage;
    }

    @Override
    public void create(String eventId) {
      passage.toUpstream("{\"type\":\"response.create\",\"event_id\":\"" + eventId + "\"}");
    }

    @Override
    public void refused(Refusal why) {
      if (!endIfUsedUp(passage)) {
        passage.toClient(Replies.gatewayError(why.code(), why.message()));
      }
    }
  }
}
