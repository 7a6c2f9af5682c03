package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges one client's conversation with one upstream by its tier's guards: the user's words before
 * they are answered ({@link UserGuard}), the assistant's before or while the client receives them
 * ({@link AssistantGuard}). Placed after the policy in the chain, so that it sees what the upstream
 * would receive, and the policy's own requests. Confined to the session's event loop.
 */
final class GuardInspector implements Inspector {
  /** The two halves and what they share; they exist while the client is connected. */
  private record Halves(
      GuardRunner judge,
      Interventions interventions,
      FixedAnswerScheduler answers,
      RequestedResponses requested,
      UserGuard user,
      AssistantGuard assistant) {}

  private final GuardRules rules;
  private final GuardContext session;
  private final Guards guards;
  private final Set<String> ownWords;
  private final boolean gates;
  private @Nullable Halves halves;

  GuardInspector(Tier tier, GuardContext session, Guards guards, Set<String> ownWords) {
    this.rules = tier.guards();
    this.session = session;
    this.guards = guards;
    this.ownWords = ownWords;
    this.gates =
        Stream.of(Subject.USER, Subject.ASSISTANT, Subject.TOOL_CALLS).anyMatch(rules::gate);
  }

  @Override
  public void begin(InspectorContext context) {
    GuardRunner judge = new GuardRunner(rules, guards, session, context.eventLoop());
    SessionMemory memory = new SessionMemory(guards.held(), session.account(), context);
    Interventions interventions = new Interventions(context);
    RequestedResponses requested = new RequestedResponses(context.eventLoop().ticker()::nanoTime);
    FixedAnswerScheduler answers = new FixedAnswerScheduler(context, interventions, requested);
    AssistantGuard assistant =
        new AssistantGuard(rules, context, judge, interventions, answers, requested, memory);
    UserGuard user =
        new UserGuard(
            rules, ownWords, context, judge, interventions, answers, requested, assistant, memory);
    halves = new Halves(judge, interventions, answers, requested, user, assistant);
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    if (halves != null) {
      halves.user.fromClient(event);
    } else {
      context.toUpstream(event);
    }
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    if (halves == null) {
      context.toClient(event);
      return;
    }
    if (gates && (UpstreamEvent.isFaulty(event) || isUnreadable(event))) {
      halves.interventions.abort();
      return;
    }
    UserGuard user = halves.user;
    AssistantGuard assistant = halves.assistant;
    switch (event.type()) {
      case INPUT_AUDIO_BUFFER_SPEECH_STOPPED, INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED -> {
        user.found(event);
        assistant.sendNow(event);
      }
      case INPUT_AUDIO_BUFFER_COMMITTED -> {
        user.committed(event);
        assistant.sendNow(event);
      }
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED -> {
        assistant.sendNow(event);
        user.transcribed(event);
      }
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED -> {
        assistant.sendNow(event);
        user.untranscribed(event);
      }
      case CONVERSATION_ITEM_DELETED -> {
        assistant.onEvent(event, user.isBusy());
        user.deleted(event.string(JsonKey.ITEM_ID).orElse(""));
      }
      case ERROR -> onError(event, context, halves);
      // These carry no words of the assistant's. The list is closed: every other type is judged.
      case SESSION_CREATED,
          SESSION_UPDATED,
          RATE_LIMITS_UPDATED,
          INPUT_AUDIO_BUFFER_SPEECH_STARTED,
          INPUT_AUDIO_BUFFER_CLEARED,
          INPUT_AUDIO_BUFFER_DTMF_EVENT_RECEIVED,
          OUTPUT_AUDIO_BUFFER_STARTED,
          OUTPUT_AUDIO_BUFFER_STOPPED,
          OUTPUT_AUDIO_BUFFER_CLEARED,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_SEGMENT,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_UPDATED ->
          assistant.sendNow(event);
      default -> assistant.onEvent(event, user.isBusy());
    }
  }

  /** Whether the guard needs to parse this event and cannot. */
  private static boolean isUnreadable(Event event) {
    return switch (event.type()) {
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED, ERROR -> event.tree().isEmpty();
      default -> false;
    };
  }

  private static void onError(Event event, InspectorContext context, Halves halves) {
    Optional<ObjectNode> tree = event.tree();
    if (tree.isEmpty() || !(tree.get().get("error") instanceof ObjectNode error)) {
      context.toClient(event);
      return;
    }
    String offender = error.path("event_id").asString("");
    if (halves.interventions.isOurs(offender)) {
      return;
    }
    RequestedResponses.Request request = halves.requested.refused(offender);
    if (request != null) {
      if (halves.answers.refused(offender, error.path("code").asString(""))) {
        return;
      }
      tellOfRefusal(request, halves);
      context.toClient(named(event, tree.get(), error, request.clientsId()));
      return;
    }
    UnjudgedUserInput.Commit commit = halves.user.commitRefused(offender);
    if (commit != null) {
      context.toClient(named(event, tree.get(), error, commit.clientsId()));
    } else {
      context.toClient(event);
    }
  }

  /** Tells the client why its speech was refused, if no other event has. */
  private static void tellOfRefusal(RequestedResponses.Request request, Halves halves) {
    Finding refusal = request.refusal();
    if (refusal != null && !request.isTold()) {
      halves.interventions.tell(refusal);
    }
  }

  /** The error with the event ID that the client gave the failed request. */
  private static Event named(
      Event event, ObjectNode tree, ObjectNode error, Optional<String> name) {
    error.put("event_id", name.orElse(null));
    return event.rewrite(tree);
  }

  /** Without a client there is nothing to judge. */
  @Override
  public boolean keepsUpstream(InspectorContext context) {
    end();
    return false;
  }

  @Override
  public void end() {
    Halves ended = halves;
    if (ended != null) {
      halves = null;
      ended.judge.end();
      ended.user.end();
      ended.assistant.end();
    }
  }
}
