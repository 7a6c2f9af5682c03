package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.InspectorContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Messages of the client's, and of the policy's, that wait to be judged or for their turn, in their
 * order; the user's speech goes past them. Confined to the session's event loop.
 */
final class PendingMessages {
  /** What becomes of a message. */
  interface Sender {
    /** Whether a message has to wait though nothing in it is to be judged. */
    boolean mustWait(EventType type);

    void forward(Event event);

    /** It is not let through. */
    void stop(Event event, Finding why);
  }

  static final String TOO_MUCH = "too_much_waiting";

  /** Beyond the first message that waits. */
  private static final int MOST_BYTES = 1 << 20;

  private static final int MOST_MESSAGES = 1_024;

  private enum Stage {
    NEW,
    AT_THE_GUARDS,
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
  private final SessionJudge checks;
  private final Sender sender;
  private final HeldMessages<Waiter> waiting;
  private final SlicedWork slices;

  /** How many of those that wait ask for a response. */
  private int responses;

  PendingMessages(
      GuardRules rules,
      Set<String> ownWords,
      InspectorContext context,
      SessionJudge checks,
      SessionMemory memory,
      Sender sender) {
    this.rules = rules;
    this.ownWords = ownWords;
    this.context = context;
    this.checks = checks;
    this.sender = sender;
    this.waiting = new HeldMessages<>(memory, MOST_BYTES, MOST_MESSAGES);
    this.slices = new SlicedWork(context.eventLoop(), this::step);
  }

  /** Takes a message, which goes on at once where nothing keeps it. */
  void take(Event event) {
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

  /** Whether one of those that wait asks for a response. */
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

  /** Lets everything go on that may, from the first that waits. */
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
    if (texts.unheard()) {
      waiter.findings.addAll(
          checks.unjudgeable(
              Subject.USER, Judgement.Failed.ofWords("speech without a transcript")));
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

  void end() {
    slices.end();
    waiting.clear();
  }
}
