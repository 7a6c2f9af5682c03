package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.Key;
import io.donna.gateway.realtime.Passage;
import io.donna.gateway.websocket.HeldBytes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sees to it that nothing is answered before it is judged. What a client writes is judged before
 * the upstream has it; what the user says aloud, before any response is asked for, whoever asks.
 * What waits does so in its order; the user's speech goes past it. Confined to the session's event
 * loop.
 */
final class UserGuard {
  /** Beyond the first message that waits. */
  private static final int MOST_WAITING_BYTES = 1 << 20;

  /** Where a message that waits has come to. */
  private enum Stage {
    NEW,
    AT_THE_GUARDS,
    JUDGED
  }

  /** A message, of the client's or of the policy's, that waits for its turn. */
  private static final class Waiter {
    private final EventType type;
    private final List<Finding> findings = new ArrayList<>();
    private Stage stage = Stage.NEW;
    private int unanswered;

    Waiter(EventType type) {
      this.type = type;
    }
  }

  private final GuardRules rules;
  private final Set<String> ownWords;
  private final Passage passage;
  private final Checks checks;
  private final Interventions interventions;
  private final Answers answers;
  private final AssistantGuard assistant;
  private final Hearing hearing;
  private final HeldBack<Waiter> waiting;
  private final boolean judgesSpeech;
  private final boolean judgesMessages;
  private final boolean gatesTurns;

  /** Commits whose id is of our making: the client knows nothing of it. */
  private final Set<String> namedHere = new HashSet<>();

  /** What becomes of the next response that is asked for, where it is not to be made. */
  private @Nullable Finding nextTurn;

  private boolean releasing;

  UserGuard(
      GuardRules rules,
      Set<String> ownWords,
      Passage passage,
      Checks checks,
      Interventions interventions,
      Answers answers,
      AssistantGuard assistant,
      HeldBytes held) {
    this.rules = rules;
    this.ownWords = ownWords;
    this.passage = passage;
    this.checks = checks;
    this.interventions = interventions;
    this.answers = answers;
    this.assistant = assistant;
    this.hearing = new Hearing(passage.eventLoop(), this::onUnheard);
    this.waiting = new HeldBack<>(held, MOST_WAITING_BYTES);
    this.judgesSpeech = rules.judge(Subject.USER);
    this.judgesMessages = judgesSpeech || rules.judge(Subject.INSTRUCTIONS);
    this.gatesTurns = rules.gate(Subject.USER);
  }

  void fromClient(Event event) {
    if (!judgesMessages) {
      passage.toUpstream(event);
      return;
    }
    EventType type = event.type();
    boolean isNext =
        waiting.isEmpty()
            || (isOfBuffer(type) && !waiting.contains(held -> isOfBuffer(held.waits().type)));
    if (isNext && !mustWait(type) && !textsOf(event).concern(rules)) {
      forward(event);
    } else if (waiting.add(new Waiter(type), event)) {
      release();
    } else {
      passage.refuse(
          event, "too_much_waiting", "Too much waits to be checked. Send less, or more slowly.");
    }
  }

  private static boolean isOfBuffer(EventType type) {
    return switch (type) {
      case INPUT_AUDIO_BUFFER_APPEND,
          INPUT_AUDIO_BUFFER_COMMIT,
          INPUT_AUDIO_BUFFER_CLEAR,
          OUTPUT_AUDIO_BUFFER_CLEAR ->
          true;
      default -> false;
    };
  }

  /** Whether it asks for an answer to what is not yet judged. */
  private boolean mustWait(EventType type) {
    return type == EventType.RESPONSE_CREATE && gatesTurns && hearing.isBusy();
  }

  private Texts textsOf(Event event) {
    EventType type = event.type();
    return switch (type) {
      case CONVERSATION_ITEM_CREATE, RESPONSE_CREATE, SESSION_UPDATE ->
          event.tree().map(tree -> Texts.of(type, tree, ownWords)).orElse(Texts.NONE);
      default -> Texts.NONE;
    };
  }

  /** Lets everything go on that may, from the first that waits. */
  private void release() {
    if (releasing) {
      return;
    }
    releasing = true;
    for (HeldBack.Held<Waiter> first = waiting.first(); first != null; first = waiting.first()) {
      Waiter waiter = first.waits();
      Event event = first.event();
      if (waiter.stage == Stage.NEW) {
        judge(waiter, textsOf(event));
      }
      if (waiter.stage != Stage.JUDGED || mustWait(waiter.type)) {
        break;
      }
      waiting.removeFirst();
      Optional<Finding> stopped = Finding.gravest(waiter.findings);
      if (stopped.isPresent()) {
        stop(event, stopped.get());
      } else {
        forward(event);
      }
    }
    releasing = false;
  }

  private void judge(Waiter waiter, Texts texts) {
    if (texts.unheard()) {
      waiter.findings.addAll(checks.unjudgeable(Subject.USER, "speech without a transcript"));
    }
    waiter.stage = Stage.JUDGED;
    for (Map.Entry<Subject, List<String>> each : texts.bySubject().entrySet()) {
      Subject subject = each.getKey();
      if (rules.gate(subject)) {
        waiter.stage = Stage.AT_THE_GUARDS;
        waiter.unanswered++;
        checks.begin(subject, each.getValue(), found -> judged(waiter, found));
      } else if (rules.judge(subject)) {
        checks.begin(subject, each.getValue(), found -> {}); // only to be logged
      }
    }
  }

  private void judged(Waiter waiter, List<Finding> found) {
    waiter.findings.addAll(found);
    if (--waiter.unanswered == 0) {
      waiter.stage = Stage.JUDGED;
      release();
    }
  }

  /** A message is not let through. */
  private void stop(Event event, Finding why) {
    if (why.action() == Action.END) {
      interventions.end(why);
    } else if (why.action() == Action.ANSWER && event.type() == EventType.RESPONSE_CREATE) {
      answer(event, why);
    } else {
      passage.refuse(event, why.code(), why.message());
      if (event.type() == EventType.CONVERSATION_ITEM_CREATE) {
        nextTurn = why; // or what came before would be answered instead
      }
    }
  }

  private void answer(Event create, Finding why) {
    create
        .tree()
        .ifPresent(tree -> {
          String id = create.string(Key.EVENT_ID).orElseGet(EventId::next);
          FixedAnswer.put(tree, id, answers.expect(id), why.rule().answer());
          passage.toUpstream(Event.of(tree));
        });
  }

  private void forward(Event event) {
    switch (event.type()) {
      case RESPONSE_CREATE -> {
        Finding turn = nextTurn;
        nextTurn = null;
        if (turn == null) {
          passage.toUpstream(event);
        } else {
          stop(event, turn);
        }
      }
      case INPUT_AUDIO_BUFFER_COMMIT -> commit(event);
      case CONVERSATION_ITEM_CREATE -> {
        nextTurn = null;
        passage.toUpstream(event);
      }
      default -> passage.toUpstream(event);
    }
  }

  /** The upstream's refusal must be told from others, so it has an id. */
  private void commit(Event event) {
    if (!gatesTurns) {
      passage.toUpstream(event);
      return;
    }
    Optional<String> given = event.string(Key.EVENT_ID);
    Optional<ObjectNode> tree = event.tree();
    if (given.isPresent() || tree.isEmpty()) {
      hearing.committing(given.orElse(""));
      passage.toUpstream(event);
    } else {
      String id = EventId.next();
      namedHere.add(id);
      hearing.committing(id);
      passage.toUpstream(event.rewrite(tree.get().put("event_id", id)));
    }
  }

  /** The upstream found the end of a turn. */
  void found(Event event) {
    hearing.found(event.string(Key.ITEM_ID).orElse(""));
  }

  /** The user's speech is an item, which will be written down. */
  void committed(Event event) {
    if (gatesTurns) {
      if (!waiting.contains(held -> held.waits().type == EventType.RESPONSE_CREATE)) {
        nextTurn = null; // there is something else to be answered
      }
      hearing.committed(event.string(Key.ITEM_ID).orElse(""));
    }
  }

  void transcribed(Event event) {
    if (!judgesSpeech) {
      return;
    }
    String item = event.string(Key.ITEM_ID).orElse("");
    String transcript = event.tree().map(tree -> tree.path("transcript").asString("")).orElse("");
    if (transcript.isBlank()) {
      settle(item, List.of()); // silence
      return;
    }
    hearing.transcribed(item);
    checks.begin(Subject.USER, List.of(transcript), findings -> settle(item, findings));
  }

  void untranscribed(Event event) {
    if (judgesSpeech) {
      onUnheard(event.string(Key.ITEM_ID).orElse(""), "transcription failed");
    }
  }

  private void onUnheard(String item, String why) {
    settle(item, checks.unjudgeable(Subject.USER, why));
  }

  /** The client, or we, had it taken out; what has read it by then is still to be judged by it. */
  void deleted(String item) {
    if (!assistant.mayHaveReadWhatIsUnjudged()) {
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
    boolean asked = waiting.contains(held -> held.waits().type == EventType.RESPONSE_CREATE);
    if (asked || (!stopped && why.action() == Action.ANSWER)) {
      nextTurn = nextTurn == null ? why : Finding.graver(nextTurn, why);
    } else if (!stopped) {
      interventions.tell(why);
    }
  }

  private void goOn() {
    if (!hearing.isBusy()) {
      assistant.allIsJudged();
    }
    release();
  }

  boolean isBusy() {
    return gatesTurns && hearing.isBusy();
  }

  /**
   * The upstream would not do what {@code offender} asked for.
   *
   * @return whether the client knows that id
   */
  boolean refused(String offender) {
    hearing.refused(offender);
    goOn();
    return !namedHere.remove(offender);
  }

  void end() {
    hearing.end();
    waiting.clear();
  }
}
