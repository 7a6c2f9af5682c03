package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.InspectorContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Queues the client's messages, and the policy's, in order, while they wait to be judged or for
 * their turn. Audio buffer messages bypass the queue. Confined to the session's event loop.
 */
final class PendingMessages {
  /** Receives each message after its judgement. */
  interface Sender {
    /** Whether a message of this type has to wait even if none of it needs judging. */
    boolean mustWait(EventType type);

    void forward(Event event);

    /** Handles a message that must not pass. */
    void stop(Event event, Finding why);
  }

  static final String TOO_MUCH = "too_much_waiting";

  /** Limits of the queue. The first message may exceed {@code MAX_BYTES}. */
  private static final int MAX_BYTES = 1 << 20;

  private static final int MAX_MESSAGES = 1_024;

  private enum Stage {
    NEW,
    BEING_JUDGED,
    JUDGED
  }

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
  private final InspectorContext context;
  private final GuardRunner judge;
  private final Sender sender;
  private final HeldMessages<Waiter> waiting;
  private final SlicedWork slices;

  /** How many queued messages ask for a response. */
  private int responses;

  PendingMessages(
      GuardRules rules,
      Set<String> ownWords,
      InspectorContext context,
      GuardRunner judge,
      SessionMemory memory,
      Sender sender) {
    this.rules = rules;
    this.ownWords = ownWords;
    this.context = context;
    this.judge = judge;
    this.sender = sender;
    this.waiting = new HeldMessages<>(memory, MAX_BYTES, MAX_MESSAGES);
    this.slices = new SlicedWork(context.eventLoop(), this::step);
  }

  /** Forwards a message, or queues it if it has to wait. Refuses it if the queue is full. */
  void accept(Event event) {
    EventType type = event.type();
    boolean isNext = isOfBuffer(type) || (waiting.isEmpty() && !sender.mustWait(type));
    JudgedTexts texts = isNext ? textsOf(event) : JudgedTexts.NONE;
    if (isNext && !texts.concern(rules)) {
      sender.forward(event);
      return;
    }
    Waiter waiter = new Waiter(type);
    if (!waiting.hasRoomFor(event.length()) || !waiting.add(waiter, event)) {
      context.refuse(event, TOO_MUCH, "Too much waits to be checked. Send less, or more slowly.");
      return;
    }
    responses += type == EventType.RESPONSE_CREATE ? 1 : 0;
    if (isNext) {
      judge(waiter, texts);
    }
    release();
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

  /** Whether a queued message asks for a response. */
  boolean asksForResponse() {
    return responses > 0;
  }

  private JudgedTexts textsOf(Event event) {
    EventType type = event.type();
    return switch (type) {
      case CONVERSATION_ITEM_CREATE, RESPONSE_CREATE, SESSION_UPDATE ->
          event.tree().map(tree -> JudgedTexts.of(type, tree, ownWords)).orElse(JudgedTexts.NONE);
      default -> JudgedTexts.NONE;
    };
  }

  /** Forwards messages from the head of the queue until one has to wait. */
  void release() {
    slices.run();
  }

  private boolean step() {
    HeldMessages.Held<Waiter> first = waiting.first();
    if (first == null) {
      return false;
    }
    Waiter waiter = first.waits();
    if (waiter.stage == Stage.NEW) {
      slices.count(first.length());
      judge(waiter, textsOf(first.event()));
    }
    if (waiter.stage != Stage.JUDGED || sender.mustWait(waiter.type)) {
      return false;
    }
    slices.count(first.length());
    Event event = first.event();
    waiting.removeFirst();
    responses -= waiter.type == EventType.RESPONSE_CREATE ? 1 : 0;
    Finding.gravest(waiter.findings)
        .ifPresentOrElse(why -> sender.stop(event, why), () -> sender.forward(event));
    return true;
  }

  private void judge(Waiter waiter, JudgedTexts texts) {
    if (texts.hasAudio()) {
      waiter.findings.addAll(
          judge.unjudgeable(Subject.USER, Judgement.Failed.ofWords("speech without a transcript")));
    }
    waiter.stage = Stage.JUDGED;
    for (Map.Entry<Subject, List<String>> each : texts.bySubject().entrySet()) {
      Subject subject = each.getKey();
      if (rules.gate(subject)) {
        waiter.stage = Stage.BEING_JUDGED;
        waiter.unanswered++;
        judge.begin(subject, each.getValue(), found -> judged(waiter, found));
      } else if (rules.judge(subject)) {
        judge.begin(subject, each.getValue(), found -> {}); // findings are only logged
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

  void end() {
    slices.end();
    waiting.clear();
  }
}
