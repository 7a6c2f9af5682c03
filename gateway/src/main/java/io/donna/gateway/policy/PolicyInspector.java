package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.event.Replies;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Enforces a tier on one client's messages with one upstream: judges them, answers gated turns, and
 * ends the session when its budget is used up. Confined to the session's event loop.
 */
final class PolicyInspector implements Inspector {
  /** The time the upstream has to accept the tier's session. */
  private static final long SET_UP_SECONDS = 15;

  private final PolicySession session;

  private final boolean gates;
  private final SessionView view;

  /** Present if the tier hides its instructions. */
  private final Optional<HiddenInstructions> hidden;

  /** Null if turns are not gated. */
  private @Nullable ResponseRequester turns;

  private @Nullable ScheduledFuture<?> setUpLimit;

  PolicyInspector(Tier tier, SessionType type, PolicySession session) {
    this.session = session;
    this.gates = type.hasResponses() && tier.gatesTurns();
    this.view = new SessionView(tier, type, session.id());
    this.hidden = HiddenInstructions.of(tier);
  }

  @Override
  public void begin(InspectorContext context) {
    if (gates) {
      turns =
          new ResponseRequester(context, view, session::takeResponse, () -> endIfUsedUp(context));
    }
    view.setUp(context);
    if (view.isSettingUp()) {
      setUpLimit =
          context
              .eventLoop()
              .schedule(() -> view.giveUp(context), SET_UP_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    session.recordActivity();
    Optional<PolicyRefusal> refusal = refuse(event);
    if (refusal.isPresent()) {
      context.refuse(event, refusal.get().code(), refusal.get().message());
      return;
    }
    switch (event.type()) {
      case SESSION_UPDATE, RESPONSE_CREATE, CONVERSATION_ITEM_CREATE -> judge(event, context);
      default -> context.toUpstream(event);
    }
  }

  /** Checks that need no parsed tree. */
  private Optional<PolicyRefusal> refuse(Event event) {
    if (!event.isText()) {
      return Optional.of(PolicyRefusal.NOT_TEXT);
    }
    EventType type = event.type();
    if (!session
        .rules()
        .allow(type, type == EventType.UNKNOWN ? event.string(JsonKey.TYPE) : Optional.empty())) {
      return Optional.of(PolicyRefusal.EVENT_NOT_ALLOWED);
    }
    if (!session.rateLimits().takeMessage(event.length())) {
      return Optional.of(PolicyRefusal.TOO_FAST);
    }
    if (type == EventType.INPUT_AUDIO_BUFFER_APPEND) {
      int base64 = event.lengthOfString(JsonKey.AUDIO);
      return base64 < 0
          ? Optional.of(PolicyRefusal.NO_AUDIO)
          : session.rateLimits().takeAudio(view.microsOf(base64))
              ? Optional.empty()
              : Optional.of(PolicyRefusal.TOO_FAST);
    }
    return Optional.empty();
  }

  private void judge(Event event, InspectorContext context) {
    Optional<ObjectNode> read = event.tree();
    if (read.isEmpty()) {
      context.refuse(event, PolicyRefusal.NO_TREE.code(), PolicyRefusal.NO_TREE.message());
      return;
    }
    ObjectNode tree = read.get();
    EditableEvent editable = new EditableEvent(event.type(), tree);
    Optional<PolicyRefusal> refusal =
        session.rules().judge(event.type(), editable).or(() -> countAudio(editable));
    if (refusal.isEmpty() && event.type() == EventType.RESPONSE_CREATE) {
      if (endIfUsedUp(context)) {
        return;
      }
      refusal = session.takeResponse();
    }
    if (refusal.isEmpty() && event.type() == EventType.SESSION_UPDATE) {
      refusal = view.prepare(editable);
    }
    if (refusal.isPresent()) {
      context.refuse(event, refusal.get().code(), refusal.get().message());
    } else {
      context.toUpstream(editable.isChanged() ? event.rewrite(tree) : event);
    }
  }

  private Optional<PolicyRefusal> countAudio(EditableEvent editable) {
    return session.rateLimits().takeAudio(view.microsOf(editable.survey().audio()))
        ? Optional.empty()
        : Optional.of(PolicyRefusal.TOO_FAST);
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    session.recordActivity();
    if (hidden.isPresent() && !hide(event, hidden.get())) {
      return;
    }
    switch (event.type()) {
      case SESSION_CREATED, SESSION_UPDATED -> view.receive(event, context);
      case ERROR -> onError(event, context);
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_SEGMENT,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_UPDATED ->
          showTranscript(event, context);
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED -> {
        showTranscript(event, context);
        endIfUsedUp(context); // transcription is billed, also if a guard withholds it
      }
      case RESPONSE_DONE -> {
        context.toClient(event);
        if (!endIfUsedUp(context) && turns != null) {
          turns.done(event);
        }
      }
      default -> {
        context.toClient(event);
        if (turns != null) {
          turns.onEvent(event);
        }
      }
    }
  }

  /**
   * Hides the instructions in an event. Returns whether the client may have it: an event that
   * cannot be parsed is withheld.
   */
  private static boolean hide(Event event, HiddenInstructions instructions) {
    if (!HiddenInstructions.mayAppearIn(event.type())) {
      return true;
    }
    Optional<ObjectNode> tree = event.tree();
    tree.filter(instructions::removeFrom).ifPresent(event::rewrite);
    return tree.isPresent();
  }

  private void showTranscript(Event event, InspectorContext context) {
    if (!view.hidesTranscripts()) {
      context.toClient(event);
    }
  }

  private boolean endIfUsedUp(InspectorContext context) {
    Optional<PolicyRefusal> usedUp = session.usedUp();
    usedUp.ifPresent(why -> exhaust(why, context));
    return usedUp.isPresent();
  }

  private void onError(Event event, InspectorContext context) {
    Optional<ObjectNode> tree = event.tree();
    String offender =
        tree.map(error -> error.path("error").path("event_id").asString("")).orElse("");
    if (tree.isEmpty() || offender.isEmpty()) {
      onUnattributedError(event, tree, context);
      return;
    }
    if (turns != null && turns.isOurs(offender)) {
      if (turns.refused(tree.get().path("error").path("code").asString(""))) {
        context.toClient(event.rewrite(SessionView.withoutOffender(tree.get())));
      }
      return;
    }
    view.receiveError(event, tree.get(), offender, context);
  }

  /**
   * Upstreams answer in order: an error that names no event, before the session is set up, is about
   * the set-up.
   */
  private void onUnattributedError(
      Event event, Optional<ObjectNode> tree, InspectorContext context) {
    if (view.isSettingUp() && !event.isOwn()) {
      view.fail(tree, context);
    } else {
      context.toClient(event);
    }
  }

  @Override
  public void end() {
    if (setUpLimit != null) {
      setUpLimit.cancel(false);
    }
    if (turns != null) {
      turns.end();
    }
  }

  /**
   * Ends the session. Cancels running responses first, so that only what was generated is billed.
   */
  private void exhaust(PolicyRefusal usedUp, InspectorContext context) {
    if (turns != null) {
      for (String response : turns.inFlight()) {
        context.toUpstream(
            "{\"type\":\"response.cancel\",\"response_id\":" + StringNode.valueOf(response) + "}");
      }
    }
    context.end(Replies.gatewayError(usedUp.code(), usedUp.message()), PolicyCloseReasons.BUDGET);
  }
}
