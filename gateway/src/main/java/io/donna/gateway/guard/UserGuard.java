package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.Fault;
import io.donna.gateway.realtime.InspectorContext;
import io.donna.gateway.realtime.Key;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sees to it that nothing is answered before it is judged. What a client writes is judged before
 * the upstream has it ({@link PendingMessages}); what the user says aloud, before any response is
 * asked for, whoever asks. Confined to the session's event loop.
 */
final class UserGuard implements PendingMessages.Sender {
  private final InspectorContext context;
  private final SessionJudge checks;
  private final Interventions interventions;
  private final FixedAnswers answers;
  private final RequestedResponses asked;
  private final AssistantGuard assistant;
  private final PendingSpeech hearing;
  private final PendingMessages outbox;
  private final boolean judgesSpeech;
  private final boolean judgesMessages;
  private final boolean gatesTurns;

  /** What becomes of the next response that is asked for, where it is not to be made. */
  private @Nullable Finding nextTurn;

  UserGuard(
      GuardRules rules,
      Set<String> ownWords,
      InspectorContext context,
      SessionJudge checks,
      Interventions interventions,
      FixedAnswers answers,
      RequestedResponses asked,
      AssistantGuard assistant,
      SessionMemory memory) {
    this.context = context;
    this.checks = checks;
    this.interventions = interventions;
    this.answers = answers;
    this.asked = asked;
    this.assistant = assistant;
    this.hearing = new PendingSpeech(context.eventLoop(), this::onUnheard);
    this.outbox = new PendingMessages(rules, ownWords, context, checks, memory, this);
    this.judgesSpeech = rules.judge(Subject.USER);
    this.judgesMessages = judgesSpeech || rules.judge(Subject.INSTRUCTIONS);
    this.gatesTurns = rules.gate(Subject.USER);
  }

  void fromClient(Event event) {
    if (!judgesMessages) {
      context.toUpstream(event);
    } else {
      outbox.take(event);
    }
  }

  /** Whether it asks for an answer to what is not yet judged. */
  @Override
  public boolean mustWait(EventType type) {
    return type == EventType.RESPONSE_CREATE && isBusy();
  }

  /** A message is not let through. */
  @Override
  public void stop(Event event, Finding why) {
    if (why.action() == Action.END) {
      interventions.end(why);
    } else if (why.action() == Action.ANSWER && event.type() == EventType.RESPONSE_CREATE) {
      answer(event, why);
    } else {
      context.refuse(event, why.code(), why.message());
      if (event.type() == EventType.CONVERSATION_ITEM_CREATE) {
        nextTurn = why; // or what came before would be answered instead
      }
    }
  }

  private void answer(Event create, Finding why) {
    if (asked.isFull()) {
      refuseForNow(create);
    } else {
      create.tree().ifPresent(tree -> answers.ask(tree, create.string(Key.EVENT_ID), why));
    }
  }

  @Override
  public void forward(Event event) {
    switch (event.type()) {
      case RESPONSE_CREATE -> {
        Finding turn = nextTurn;
        nextTurn = null;
        if (turn == null) {
          ask(event);
        } else {
          stop(event, turn);
        }
      }
      case INPUT_AUDIO_BUFFER_COMMIT -> commit(event);
      case CONVERSATION_ITEM_CREATE -> {
        nextTurn = null;
        context.toUpstream(event);
      }
      default -> context.toUpstream(event);
    }
  }

  /** What the upstream says of it must be told from all else, so it gets an id of the gateway's. */
  private void ask(Event create) {
    Optional<ObjectNode> tree = create.tree();
    if (!gatesTurns || tree.isEmpty()) {
      context.toUpstream(create);
    } else if (asked.isFull()) {
      refuseForNow(create);
    } else {
      String id = asked.add(create.string(Key.EVENT_ID), null);
      context.toUpstream(create.rewrite(tree.get().put("event_id", id)));
    }
  }

  private void commit(Event commit) {
    if (!gatesTurns) {
      context.toUpstream(commit);
      return;
    }
    Optional<ObjectNode> tree = commit.tree();
    if (tree.isEmpty()) {
      context.refuse(commit, Fault.NOT_JSON.code(), Fault.NOT_JSON.message());
      return;
    }
    hearing
        .committing(commit.string(Key.EVENT_ID))
        .ifPresentOrElse(
            id -> context.toUpstream(commit.rewrite(tree.get().put("event_id", id))),
            () -> refuseForNow(commit));
  }

  private void refuseForNow(Event event) {
    context.refuse(
        event, PendingMessages.TOO_MUCH, "Too much of it is not yet answered. Send it later.");
  }

  /** The upstream found the end of a turn. */
  void found(Event event) {
    hearing.found(event.string(Key.ITEM_ID).orElse(""));
  }

  /** The user's speech is an item, which will be written down. */
  void committed(Event event) {
    if (!gatesTurns) {
      return;
    }
    String item = event.string(Key.ITEM_ID).orElse("");
    if (item.isEmpty()) {
      interventions.abort();
      return;
    }
    if (!outbox.asksForResponse()) {
      nextTurn = null; // there is something else to be answered
    }
    hearing.committed(item);
  }

  void transcribed(Event event) {
    if (!judgesSpeech) {
      return;
    }
    String item = event.string(Key.ITEM_ID).orElse("");
    JsonNode transcript = event.tree().map(tree -> tree.get("transcript")).orElse(null);
    if (transcript == null || !transcript.isString()) {
      onUnheard(item, hearing.failure(item, "no transcript"));
    } else if (transcript.asString().isBlank()) {
      settle(item, List.of()); // silence
    } else {
      hearing.transcribed(item);
      checks.begin(
          Subject.USER, List.of(transcript.asString()), findings -> settle(item, findings));
    }
  }

  void untranscribed(Event event) {
    if (judgesSpeech) {
      String item = event.string(Key.ITEM_ID).orElse("");
      onUnheard(item, hearing.failure(item, "transcription failed"));
    }
  }

  private void onUnheard(String item, Judgement.Failed why) {
    settle(item, checks.unjudgeable(Subject.USER, why));
  }

  /** The client, or we, had it taken out; what may have read it is still to be judged by it. */
  void deleted(String item) {
    if (assistant.mayHaveReadWhatIsUnjudged() || !asked.isEmpty()) {
      hearing.deleted(item);
    } else {
      hearing.settled(item);
    }
    goOn();
  }

  /** What the user said aloud is judged. */
  private void settle(String item, List<Finding> findings) {
    hearing.settled(item);
    Optional<Finding> gravest = Finding.gravest(findings);
    if (gravest.isPresent()) {
      stopTurn(item, gravest.get());
    }
    goOn();
  }

  private void stopTurn(String item, Finding why) {
    if (why.action() == Action.END) {
      interventions.end(why);
      return;
    }
    if (!item.isEmpty()) {
      interventions.delete(item);
    }
    boolean stopped = assistant.stopThoseThatMayHaveRead(why);
    boolean waits = outbox.asksForResponse();
    boolean willBeStopped = asked.refuse(why, stopped || waits);
    boolean unanswered = !stopped && !willBeStopped;
    if (waits || (unanswered && why.action() == Action.ANSWER)) {
      nextTurn = nextTurn == null ? why : Finding.graver(nextTurn, why);
    } else if (unanswered) {
      interventions.tell(why);
    }
  }

  private void goOn() {
    if (!hearing.isBusy()) {
      assistant.allIsJudged();
    }
    outbox.release();
  }

  boolean isBusy() {
    return gatesTurns && hearing.isBusy();
  }

  /**
   * The upstream would not commit what it was asked to by {@code id}.
   *
   * @return what the client called that; null where it was nothing of the kind
   */
  PendingSpeech.@Nullable Commit commitRefused(String id) {
    PendingSpeech.Commit commit = hearing.refused(id);
    if (commit != null) {
      goOn();
    }
    return commit;
  }

  void end() {
    hearing.end();
    outbox.end();
  }
}
