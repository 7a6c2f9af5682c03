package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.InspectorContext;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Judges what responses say and which tools they call, and says which of them wait for that ({@link
 * ResponseDelivery} has them wait). Every event that is not known to say nothing is one of a
 * response's, or is judged by itself ({@link ResponseAttribution}). What follows from a match is
 * for {@link ResponseStops}. Confined to the session's event loop.
 */
final class AssistantGuard implements ReplyReader.Listener {
  private final GuardRules rules;
  private final SessionJudge checks;
  private final Interventions interventions;
  private final FixedAnswers answers;
  private final RequestedResponses asked;
  private final ResponseDelivery delivery;
  private final ReplyReader reader;
  private final JudgedResponses responses = new JudgedResponses();
  private final ResponseAttribution attribution;
  private final ResponseStops stops;
  private final boolean judgesWords;
  private final boolean logsWords;
  private final boolean gates;
  private final boolean gatesCalls;
  private final boolean holdsBack;

  AssistantGuard(
      GuardRules rules,
      InspectorContext context,
      SessionJudge checks,
      Interventions interventions,
      FixedAnswers answers,
      RequestedResponses asked,
      SessionMemory memory) {
    this.rules = rules;
    this.checks = checks;
    this.interventions = interventions;
    this.answers = answers;
    this.asked = asked;
    this.delivery = new ResponseDelivery(context, memory, this::judgeNoFurther);
    this.stops = new ResponseStops(responses, delivery, interventions, answers);
    this.reader = new ReplyReader(rules, this);
    this.judgesWords = rules.judge(Subject.ASSISTANT);
    this.logsWords = rules.on(Subject.ASSISTANT).stream().anyMatch(rule -> !rule.gates());
    this.gatesCalls = rules.gate(Subject.TOOL_CALLS);
    this.gates = gatesCalls || rules.gate(Subject.ASSISTANT) || rules.gate(Subject.USER);
    this.holdsBack = rules.holdBack();
    this.attribution =
        new ResponseAttribution(responses, delivery, holdsBack, holdsBack || gatesCalls);
  }

  /** What says nothing of a response goes to the client. */
  void tell(Event event) {
    delivery.tell(event);
  }

  /**
   * An event of the upstream's that may say something of a response.
   *
   * @param unjudged whether the user has said something that nobody has judged
   */
  void take(Event raw, boolean unjudged) {
    UpstreamEvent event = new UpstreamEvent(raw);
    switch (event.type()) {
      case RESPONSE_CREATED -> begin(event, unjudged);
      case RESPONSE_DONE -> finish(event, unjudged);
      default -> takeOther(event, unjudged);
    }
    if (responses.isExceeded() && gates) {
      interventions.abort();
    }
  }

  private boolean mayPass(UpstreamEvent event) {
    if (gates && event.isUnreadable()) {
      interventions.abort();
      return false;
    }
    return true;
  }

  private void takeOther(UpstreamEvent event, boolean unjudged) {
    String response = event.response();
    String item = event.item();
    if (!mayPass(event) || responses.isStopped(response)) {
      return;
    }
    if (responses.isStoppedItem(item)) {
      // Of such an item the client hears nothing but that it is gone.
      if (event.type() == EventType.CONVERSATION_ITEM_DELETED
          && responses.tellsThatItIsGone(item)) {
        delivery.send(event.event());
      }
      return;
    }
    JudgedResponse reply = attribution.replyOf(event, response, item, unjudged);
    if (reply == null) {
      delivery.send(event.event());
      return;
    }
    attribution.meet(reply, item);
    if (!reply.isStopped) {
      boolean wasFixed = reply.isFixed();
      reader.read(event, reply);
      judgeIfItStrays(reply, wasFixed);
    }
    if (mayPass(event)) {
      delivery.send(reply, event.event());
      stopIfTooLong(reply);
      if (reply.id().isEmpty()) {
        finishApart(reply);
      }
    }
  }

  private void begin(UpstreamEvent event, boolean unjudged) {
    JsonNode response = event.tree().path("response");
    String id = event.response();
    if (gates && id.isEmpty()) {
      interventions.abort();
      return;
    }
    if (!mayPass(event) || responses.isStopped(id)) {
      return;
    }
    JudgedResponse known = responses.open(id);
    if (known != null) {
      readOutput(known, response); // told twice, it may say something the second time
      delivery.send(known, unmarked(known, event));
      return;
    }
    RequestedResponses.Ask ask = asked.begin(FixedAnswer.markOf(response));
    FixedAnswer fixed = ask == null ? null : ask.fixed();
    JudgedResponse reply =
        new JudgedResponse(id, !response.path("conversation_id").isNull(), fixed);
    answers.begin(reply);
    attribution.add(reply, unjudged);
    if (response.path("output").isEmpty()) {
      delivery.send(unmarked(reply, event));
    } else {
      readOutput(reply, response);
      delivery.send(reply, unmarked(reply, event));
    }
    if (ask != null && fixed == null) {
      stopIfRefused(reply, ask);
    }
  }

  /** What the user said between the request and the response was not to be answered. */
  private void stopIfRefused(JudgedResponse reply, RequestedResponses.Ask ask) {
    Finding refusal = ask.refusal();
    if (refusal != null) {
      stops.stop(reply, refusal, ask.isTold());
    }
  }

  private void readOutput(JudgedResponse reply, JsonNode response) {
    boolean wasFixed = reply.isFixed();
    for (JsonNode item : response.path("output")) {
      attribution.meet(reply, item.path("id").asString(""));
      reader.readItem(reply, item, true);
    }
    judgeIfItStrays(reply, wasFixed);
  }

  /** The event as the client is to see it, which knows of no mark. */
  private static Event unmarked(JudgedResponse reply, UpstreamEvent event) {
    if (!reply.wasFixed()) {
      return event.event();
    }
    FixedAnswer.unmark(event.tree().path("response"));
    return event.object().map(event.event()::rewrite).orElseGet(event::event);
  }

  /** A fixed answer that says anything else is judged as any response is, at once. */
  private void judgeIfItStrays(JudgedResponse reply, boolean wasFixed) {
    if (wasFixed && !reply.isFixed()) {
      reply.isDue |= reply.unjudged() > 0;
      onSentence(reply);
    }
  }

  @Override
  public void onCall(JudgedResponse reply, String call, String arguments) {
    if (!reply.isStopped && reply.finishCall(call, arguments, gatesCalls)) {
      String pieces = reply.callSoFar(call);
      List<String> told =
          pieces.isEmpty() || pieces.equals(arguments)
              ? List.of(arguments)
              : List.of(arguments, pieces); // the client hears both
      checks.begin(Subject.TOOL_CALLS, told, found -> onCallJudged(reply, call, found));
    }
  }

  private void onCallJudged(JudgedResponse reply, String call, List<Finding> found) {
    Optional<Finding> gravest = Finding.gravest(found);
    if (gravest.isPresent()) {
      stop(reply, gravest.get());
    } else {
      reply.letCallPass(call);
      delivery.release();
      forgetIfOver(reply);
    }
  }

  /** Has judged what there is, unless that is done already, or too early. */
  @Override
  public void onSentence(JudgedResponse reply) {
    boolean early = reply.isFixed() || (reply.isHeldBack && !reply.isDone);
    boolean due = reply.isDue || (reply.isDone && reply.unjudged() > 0);
    if (early || reply.atTheGuards || !due || reply.isStopped) {
      return;
    }
    // Of what is only logged, once is enough.
    List<GuardRule> asking =
        rules.on(Subject.ASSISTANT).stream().filter(rule -> reply.isDone || rule.gates()).toList();
    if (!asking.isEmpty()) {
      reply.isDue = false;
      reply.atTheGuards = true;
      reply.isHeldBack |= holdsBack; // again, where it says more behind its end
      List<String> words = reply.isDone ? reply.words() : reply.newWords();
      checks.begin(asking, Subject.ASSISTANT, words, found -> onWordsJudged(reply, found));
    }
  }

  private void onWordsJudged(JudgedResponse reply, List<Finding> found) {
    reply.atTheGuards = false;
    Optional<Finding> gravest = Finding.gravest(found);
    if (reply.isStopped) {
      return;
    }
    if (gravest.isPresent()) {
      stop(reply, gravest.get());
      return;
    }
    onSentence(reply);
    if (reply.isDone && !reply.atTheGuards) {
      letPass(reply);
    }
  }

  private void letPass(JudgedResponse reply) {
    reply.isHeldBack = false;
    delivery.release();
    forgetIfOver(reply);
  }

  private void finish(UpstreamEvent event, boolean unjudged) {
    String id = event.response();
    if (gates && id.isEmpty()) {
      interventions.abort();
      return;
    }
    if (!mayPass(event) || responses.isStopped(id)) {
      return;
    }
    answers.finish(id);
    JudgedResponse open = responses.open(id);
    JudgedResponse reply =
        open == null ? attribution.add(new JudgedResponse(id, true), unjudged) : open;
    finish(reply, unmarked(reply, event), event);
    answers.askForWhatIsOwed();
  }

  private void finish(JudgedResponse reply, Event told, UpstreamEvent event) {
    JsonNode response = event.tree().path("response");
    reply.isDone = true;
    boolean cancelled = response.path("status").asString("").equals("cancelled");
    if (cancelled && (reply.isHeldBack || reply.mayHaveRead) && !reply.isStopped) {
      // Nobody has heard it, and nobody waits for it any more.
      reply.isStopped = true;
      responses.stop(reply);
    }
    if (reply.isStopped) {
      event.object().ifPresent(tree -> stops.finish(reply, tree));
      delivery.release();
      return;
    }
    readOutput(reply, response);
    reply.done = event.object().orElse(null);
    delivery.send(reply, told);
    reply.spoke &= !cancelled;
    conclude(reply);
  }

  /** What the upstream told outside of any response is judged as if it were a whole one. */
  private void finishApart(JudgedResponse reply) {
    reply.isDone = true;
    conclude(reply);
  }

  private void conclude(JudgedResponse reply) {
    reply.unfinishedCalls().forEach((call, begun) -> onCall(reply, call, begun.toString()));
    stopIfTooLong(reply);
    if (reply.isStopped) {
      return;
    }
    if (judgesWords && reply.spoke && reply.hasSaidNothing()) {
      reply.stray(); // nobody knows what was said
      Judgement.Failed why = Judgement.Failed.ofGuard("speech without a transcript");
      onWordsJudged(reply, checks.unjudgeable(Subject.ASSISTANT, why));
      return;
    }
    if (reply.isFixed()) {
      letPass(reply);
      return;
    }
    // Those who only log have not been asked, and those who judged pieces have not seen it whole.
    reply.isDue =
        reply.unjudged() > 0 || reply.wasJudgedInPieces() || (logsWords && !reply.hasSaidNothing());
    onSentence(reply);
    if (!reply.atTheGuards) {
      letPass(reply);
    }
  }

  private void stopIfTooLong(JudgedResponse reply) {
    if (reply.isTooLong() && !reply.isStopped) {
      stopUnjudged(reply, List.of(Subject.ASSISTANT, Subject.TOOL_CALLS), "too long");
    }
  }

  /** There is no room for what waits for it, so it cannot be judged. */
  private void judgeNoFurther(JudgedResponse blamed) {
    Subject subject =
        blamed.mayHaveRead
            ? Subject.USER
            : blamed.isHeldBack ? Subject.ASSISTANT : Subject.TOOL_CALLS;
    stopUnjudged(blamed, List.of(subject), "too much held back");
  }

  private void stopUnjudged(JudgedResponse reply, List<Subject> subjects, String why) {
    Judgement.Failed failed = Judgement.Failed.ofWords(why);
    List<Finding> found =
        subjects.stream().flatMap(subject -> checks.unjudgeable(subject, failed).stream()).toList();
    // Nothing counts where all guards on them only log, and then nothing waits for them.
    Finding.gravest(found).ifPresent(gravest -> stop(reply, gravest));
  }

  private void stop(JudgedResponse reply, Finding why) {
    stops.stop(reply, why, false);
  }

  private void forgetIfOver(JudgedResponse reply) {
    if (reply.isDone && !reply.atTheGuards && !reply.holds() && !reply.isStopped) {
      responses.close(reply);
    }
  }

  boolean mayHaveReadWhatIsUnjudged() {
    return !thoseThatMayHaveRead().isEmpty();
  }

  private List<JudgedResponse> thoseThatMayHaveRead() {
    return responses.all().stream().filter(reply -> reply.mayHaveRead && !reply.isStopped).toList();
  }

  /** Stops what may be an answer to words that were not to be answered. */
  boolean stopThoseThatMayHaveRead(Finding why) {
    List<JudgedResponse> those = thoseThatMayHaveRead();
    those.forEach(reply -> stop(reply, why));
    return !those.isEmpty();
  }

  /** Whatever the user has said is judged. */
  void allIsJudged() {
    List<JudgedResponse> all = responses.all();
    all.forEach(reply -> reply.mayHaveRead = false);
    delivery.release();
    all.forEach(this::forgetIfOver);
  }

  void end() {
    delivery.end();
    responses.clear();
  }
}
