package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Fault;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps responses from answering unjudged words. What a client writes is judged before it goes to
 * the upstream ({@link PendingMessages}); what the user says aloud is judged before any response to
 * it is requested, by the client or by the policy. Confined to the session's event loop.
 */
final class UserGuard implements PendingMessages.Sender {
  private final InspectorContext context;
  private final GuardRunner judge;
  private final Interventions interventions;
  private final FixedAnswerScheduler answers;
  private final RequestedResponses requested;
  private final AssistantGuard assistant;
  private final UnjudgedUserInput speech;
  private final PendingMessages messages;
  private final boolean judgesSpeech;
  private final boolean judgesMessages;
  private final boolean gatesTurns;

  /** Why the next request for a response is refused; null if it is not. */
  private @Nullable Finding nextTurn;

  UserGuard(
      GuardRules rules,
      Set<String> ownWords,
      InspectorContext context,
      GuardRunner judge,
      Interventions interventions,
      FixedAnswerScheduler answers,
      RequestedResponses requested,
      AssistantGuard assistant,
      SessionMemory memory) {
    this.context = context;
    this.judge = judge;
    this.interventions = interventions;
    this.answers = answers;
    this.requested = requested;
    this.assistant = assistant;
    this.speech = new UnjudgedUserInput(context.eventLoop(), this::onNoTranscript);
    this.messages = new PendingMessages(rules, ownWords, context, judge, memory, this);
    this.judgesSpeech = rules.judge(Subject.USER);
    this.judgesMessages = judgesSpeech || rules.judge(Subject.INSTRUCTIONS);
    this.gatesTurns = rules.gate(Subject.USER);
  }

  void fromClient(Event event) {
    if (!judgesMessages) {
      context.toUpstream(event);
    } else {
      messages.accept(event);
    }
  }

  /** A request for a response waits while speech is not judged. */
  @Override
  public boolean mustWait(EventType type) {
    return type == EventType.RESPONSE_CREATE && isBusy();
  }

  /** Refuses a message, or requests a fixed answer in its place. */
  @Override
  public void stop(Event event, Finding why) {
    if (why.action() == Action.END) {
      interventions.end(why);
    } else if (why.action() == Action.ANSWER && event.type() == EventType.RESPONSE_CREATE) {
      answer(event, why);
    } else {
      context.refuse(event, why.code(), why.message());
      if (event.type() == EventType.CONVERSATION_ITEM_CREATE) {
        nextTurn = why; // or the message before it would be answered instead
      }
    }
  }

  private void answer(Event create, Finding why) {
    if (requested.isFull()) {
      refuseForNow(create);
    } else {
      create.tree().ifPresent(tree -> answers.ask(tree, create.string(JsonKey.EVENT_ID), why));
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

  /**
   * Sends the request with an event ID of the gateway's, by which an error about it is recognized.
   */
  private void ask(Event create) {
    Optional<ObjectNode> tree = create.tree();
    if (!gatesTurns || tree.isEmpty()) {
      context.toUpstream(create);
    } else if (requested.isFull()) {
      refuseForNow(create);
    } else {
      String id = requested.add(create.string(JsonKey.EVENT_ID), null);
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
    speech
        .committing(commit.string(JsonKey.EVENT_ID))
        .ifPresentOrElse(
            id -> context.toUpstream(commit.rewrite(tree.get().put("event_id", id))),
            () -> refuseForNow(commit));
  }

  private void refuseForNow(Event event) {
    context.refuse(
        event, PendingMessages.TOO_MUCH, "Too much of it is not yet answered. Send it later.");
  }

  /** Handles the upstream's detection of a turn's end. */
  void found(Event event) {
    speech.found(event.string(JsonKey.ITEM_ID).orElse(""));
  }

  /** Handles a committed item, whose transcript is to come. */
  void committed(Event event) {
    if (!gatesTurns) {
      return;
    }
    String item = event.string(JsonKey.ITEM_ID).orElse("");
    if (item.isEmpty()) {
      interventions.abort();
      return;
    }
    if (!messages.asksForResponse()) {
      nextTurn = null; // there is other speech to answer
    }
    speech.committed(item);
  }

  void transcribed(Event event) {
    if (!judgesSpeech) {
      return;
    }
    String item = event.string(JsonKey.ITEM_ID).orElse("");
    JsonNode transcript = event.tree().map(tree -> tree.get("transcript")).orElse(null);
    if (transcript == null || !transcript.isString()) {
      onNoTranscript(item, speech.failure(item, "no transcript"));
    } else if (transcript.asString().isBlank()) {
      settle(item, List.of()); // silence
    } else {
      speech.transcribed(item);
      judge.begin(Subject.USER, List.of(transcript.asString()), findings -> settle(item, findings));
    }
  }

  void untranscribed(Event event) {
    if (judgesSpeech) {
      String item = event.string(JsonKey.ITEM_ID).orElse("");
      onNoTranscript(item, speech.failure(item, "transcription failed"));
    }
  }

  private void onNoTranscript(String item, Judgement.Failed why) {
    settle(item, judge.unjudgeable(Subject.USER, why));
  }

  /**
   * Handles the deletion of an item, by the client or the gateway. Responses that may have read it
   * are still judged by it.
   */
  void deleted(String item) {
    if (assistant.hasRepliesToUnjudged() || !requested.isEmpty()) {
      speech.deleted(item);
    } else {
      speech.settled(item);
    }
    goOn();
  }

  /** Applies the judgement of an item. */
  private void settle(String item, List<Finding> findings) {
    speech.settled(item);
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
    boolean stopped = assistant.stopRepliesToUnjudged(why);
    boolean waits = messages.asksForResponse();
    boolean willBeStopped = requested.refuse(why, stopped || waits);
    boolean unanswered = !stopped && !willBeStopped;
    if (waits || (unanswered && why.action() == Action.ANSWER)) {
      nextTurn = nextTurn == null ? why : Finding.graver(nextTurn, why);
    } else if (unanswered) {
      interventions.tell(why);
    }
  }

  private void goOn() {
    if (!speech.isBusy()) {
      assistant.onSpeechJudged();
    }
    messages.release();
  }

  boolean isBusy() {
    return gatesTurns && speech.isBusy();
  }

  /**
   * Handles the refusal of the commit with the event ID {@code id}.
   *
   * @return the commit; null if {@code id} is no commit's
   */
  UnjudgedUserInput.@Nullable Commit commitRefused(String id) {
    UnjudgedUserInput.Commit commit = speech.refused(id);
    if (commit != null) {
      goOn();
    }
    return commit;
  }

  void end() {
    speech.end();
    messages.end();
  }
}
