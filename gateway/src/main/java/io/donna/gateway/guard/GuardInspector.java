package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.InspectorContext;
import io.donna.gateway.realtime.Key;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Has one client's conversation with one upstream judged by its tier's guards: what the user says
 * before it is answered ({@link UserGuard}), what is answered before or while the client has it
 * ({@link AssistantGuard}). Stands behind the policy, so that it sees what the upstream would, and
 * the policy's own requests. Confined to the session's event loop.
 */
final class GuardInspector implements Inspector {
  /** The two halves, while there is a client. */
  private record Halves(
      SessionJudge checks,
      Interventions interventions,
      FixedAnswers answers,
      RequestedResponses asked,
      UserGuard user,
      AssistantGuard assistant) {}

  private final GuardRules rules;
  private final JudgedSession speaker;
  private final Guards guards;
  private final Set<String> ownWords;
  private final boolean gates;
  private @Nullable Halves halves;

  GuardInspector(Tier tier, JudgedSession speaker, Guards guards, Set<String> ownWords) {
    this.rules = tier.guards();
    this.speaker = speaker;
    this.guards = guards;
    this.ownWords = new HashSet<>(ownWords);
    this.gates =
        Stream.of(Subject.USER, Subject.ASSISTANT, Subject.TOOL_CALLS).anyMatch(rules::gate);
    tier.session().locked().values().forEach(this::own);
    tier.session().defaults().values().forEach(this::own);
    tier.toolDefinitions().values().forEach(this::own);
  }

  private void own(JsonNode value) {
    JudgedTexts.collectAll(value, ownWords::add);
  }

  @Override
  public void begin(InspectorContext context) {
    SessionJudge checks = new SessionJudge(rules, guards, speaker, context.eventLoop());
    SessionMemory memory = new SessionMemory(guards.held(), speaker.account(), context);
    Interventions interventions = new Interventions(context);
    RequestedResponses asked = new RequestedResponses(context.eventLoop().ticker()::nanoTime);
    FixedAnswers answers = new FixedAnswers(context, interventions, asked);
    AssistantGuard assistant =
        new AssistantGuard(rules, context, checks, interventions, answers, asked, memory);
    UserGuard user =
        new UserGuard(
            rules, ownWords, context, checks, interventions, answers, asked, assistant, memory);
    halves = new Halves(checks, interventions, answers, asked, user, assistant);
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
        assistant.tell(event);
      }
      case INPUT_AUDIO_BUFFER_COMMITTED -> {
        user.committed(event);
        assistant.tell(event);
      }
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED -> {
        assistant.tell(event);
        user.transcribed(event);
      }
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED -> {
        assistant.tell(event);
        user.untranscribed(event);
      }
      case CONVERSATION_ITEM_DELETED -> {
        assistant.take(event, user.isBusy());
        user.deleted(event.string(Key.ITEM_ID).orElse(""));
      }
      case ERROR -> onError(event, context, halves);
      // What these say, no assistant has said. It is a closed list: all else is judged.
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
          assistant.tell(event);
      default -> assistant.take(event, user.isBusy());
    }
  }

  /** Whether it is one of those that are read here, and cannot be. */
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
    RequestedResponses.Ask ask = halves.asked.refused(offender);
    if (ask != null) {
      if (halves.answers.refused(offender, error.path("code").asString(""))) {
        return;
      }
      tellOfRefusal(ask, halves);
      context.toClient(named(event, tree.get(), error, ask.clientsId()));
      return;
    }
    PendingSpeech.Commit commit = halves.user.commitRefused(offender);
    if (commit != null) {
      context.toClient(named(event, tree.get(), error, commit.clientsId()));
    } else {
      context.toClient(event);
    }
  }

  /** The speech that it might have answered was refused, and nobody was told. */
  private static void tellOfRefusal(RequestedResponses.Ask ask, Halves halves) {
    Finding refusal = ask.refusal();
    if (refusal != null && !ask.isTold()) {
      halves.interventions.tell(refusal);
    }
  }

  /** The error, by the name that whoever asked gave to what failed. */
  private static Event named(
      Event event, ObjectNode tree, ObjectNode error, Optional<String> name) {
    error.put("event_id", name.orElse(null));
    return event.rewrite(tree);
  }

  /** With the client gone, nobody is left to be guarded. */
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
      ended.checks.end();
      ended.user.end();
      ended.assistant.end();
    }
  }
}
