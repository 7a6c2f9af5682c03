package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.InspectorContext;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Judges the words and the tool calls of responses, and decides which responses wait for a
 * judgement ({@link OrderedDelivery} holds them). Every event is attributed to a response or judged
 * by itself ({@link ResponseAttribution}), unless its type is known to carry no words. {@link
 * ResponseStopper} carries out the consequences of a match. Confined to the session's event loop.
 */
final class AssistantGuard implements ResponseContentReader.Listener {
  private final GuardRules rules;
  private final GuardRunner judge;
  private final Interventions interventions;
  private final FixedAnswerScheduler answers;
  private final RequestedResponses requested;
  private final OrderedDelivery delivery;
  private final ResponseContentReader reader;
  private final JudgedResponses responses = new JudgedResponses();
  private final ResponseAttribution attribution;
  private final ResponseStopper stops;
  private final boolean judgesWords;
  private final boolean logsWords;
  private final boolean gates;
  private final boolean gatesCalls;
  private final boolean holdsBack;

  AssistantGuard(
      GuardRules rules,
      InspectorContext context,
      GuardRunner judge,
      Interventions interventions,
      FixedAnswerScheduler answers,
      RequestedResponses requested,
      SessionMemory memory) {
    this.rules = rules;
    this.judge = judge;
    this.interventions = interventions;
    this.answers = answers;
    this.requested = requested;
    this.delivery = new OrderedDelivery(context, memory, this::judgeNoFurther);
    this.stops = new ResponseStopper(responses, delivery, interventions, answers);
    this.reader = new ResponseContentReader(rules, this);
    this.judgesWords = rules.judge(Subject.ASSISTANT);
    this.logsWords = rules.on(Subject.ASSISTANT).stream().anyMatch(rule -> !rule.gates());
    this.gatesCalls = rules.gate(Subject.TOOL_CALLS);
    this.gates = gatesCalls || rules.gate(Subject.ASSISTANT) || rules.gate(Subject.USER);
    this.holdsBack = rules.holdBack();
    this.attribution =
        new ResponseAttribution(responses, delivery, holdsBack, holdsBack || gatesCalls);
  }

  /** Sends the client an event that carries no words of a response. It waits for no judgement. */
  void sendNow(Event event) {
    delivery.sendNow(event);
  }

  /**
   * Handles an upstream event that may carry words of a response.
   *
   * @param unjudged whether speech of the user's awaits judgement
   */
  void onEvent(Event raw, boolean unjudged) {
    UpstreamEvent event = new UpstreamEvent(raw);
    switch (event.type()) {
      case RESPONSE_CREATED -> begin(event, unjudged);
      case RESPONSE_DONE -> finish(event, unjudged);
      default -> onOther(event, unjudged);
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

  private void onOther(UpstreamEvent event, boolean unjudged) {
    String response = event.response();
    String item = event.item();
    if (!mayPass(event) || responses.isStopped(response)) {
      return;
    }
    if (responses.isStoppedItem(item)) {
      // Of a stopped item the client is sent nothing but its deletion.
      if (event.type() == EventType.CONVERSATION_ITEM_DELETED && responses.recordDeletion(item)) {
        delivery.send(event.event());
      }
      return;
    }
    JudgedResponse reply = attribution.replyOf(event, response, item, unjudged);
    if (reply == null) {
      delivery.send(event.event());
      return;
    }
    attribution.addItem(reply, item);
    if (!reply.isStopped) {
      boolean wasFixed = reply.isFixed();
      reader.read(event, reply);
      judgeIfDeviating(reply, wasFixed);
    }
    if (mayPass(event)) {
      delivery.send(reply, event.event());
      stopIfTooLong(reply);
      if (reply.id().isEmpty()) {
        finishUnattributed(reply);
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
      readOutput(known, response); // a repeated response.created may carry different output
      delivery.send(known, unmarked(known, event));
      return;
    }
    RequestedResponses.Request request = requested.begin(FixedAnswer.markOf(response));
    FixedAnswer fixed = request == null ? null : request.fixed();
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
    if (request != null && fixed == null) {
      stopIfRefused(reply, request);
    }
  }

  /** Stops a response if speech of the user's was refused between its request and its start. */
  private void stopIfRefused(JudgedResponse reply, RequestedResponses.Request request) {
    Finding refusal = request.refusal();
    if (refusal != null) {
      stops.stop(reply, refusal, request.isTold());
    }
  }

  private void readOutput(JudgedResponse reply, JsonNode response) {
    boolean wasFixed = reply.isFixed();
    for (JsonNode item : response.path("output")) {
      attribution.addItem(reply, item.path("id").asString(""));
      reader.readItem(reply, item, true);
    }
    judgeIfDeviating(reply, wasFixed);
  }

  /** The event without the mark, which the client must not see. */
  private static Event unmarked(JudgedResponse reply, UpstreamEvent event) {
    if (!reply.wasFixed()) {
      return event.event();
    }
    FixedAnswer.unmark(event.tree().path("response"));
    return event.object().map(event.event()::rewrite).orElseGet(event::event);
  }

  /** A fixed answer that deviates from its sentence is judged at once, as any response is. */
  private void judgeIfDeviating(JudgedResponse reply, boolean wasFixed) {
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
              : List.of(arguments, pieces); // the client receives both
      judge.begin(Subject.TOOL_CALLS, told, found -> onCallJudged(reply, call, found));
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

  /** Judges the words so far, unless they are being judged already or it is too early. */
  @Override
  public void onSentence(JudgedResponse reply) {
    boolean early = reply.isFixed() || (reply.isHeldBack && !reply.isDone);
    boolean due = reply.isDue || (reply.isDone && reply.unjudged() > 0);
    if (early || reply.isBeingJudged || !due || reply.isStopped) {
      return;
    }
    // Guards that only log are asked once, when the response is done.
    List<GuardRule> asking =
        rules.on(Subject.ASSISTANT).stream().filter(rule -> reply.isDone || rule.gates()).toList();
    if (!asking.isEmpty()) {
      reply.isDue = false;
      reply.isBeingJudged = true;
      reply.isHeldBack |= holdsBack; // set again if words follow its end
      List<String> words = reply.isDone ? reply.words() : reply.newWords();
      judge.begin(asking, Subject.ASSISTANT, words, found -> onWordsJudged(reply, found));
    }
  }

  private void onWordsJudged(JudgedResponse reply, List<Finding> found) {
    reply.isBeingJudged = false;
    Optional<Finding> gravest = Finding.gravest(found);
    if (reply.isStopped) {
      return;
    }
    if (gravest.isPresent()) {
      stop(reply, gravest.get());
      return;
    }
    onSentence(reply);
    if (reply.isDone && !reply.isBeingJudged) {
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
    answers.requestOwed();
  }

  private void finish(JudgedResponse reply, Event told, UpstreamEvent event) {
    JsonNode response = event.tree().path("response");
    reply.isDone = true;
    boolean cancelled = response.path("status").asString("").equals("cancelled");
    if (cancelled && (reply.isHeldBack || reply.mayAnswerUnjudged) && !reply.isStopped) {
      // The client has had none of it, and has cancelled it.
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

  /** Output outside of any response is judged as a whole response. */
  private void finishUnattributed(JudgedResponse reply) {
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
      reply.deviate(); // its words are unknown
      Judgement.Failed why = Judgement.Failed.ofGuard("speech without a transcript");
      onWordsJudged(reply, judge.unjudgeable(Subject.ASSISTANT, why));
      return;
    }
    if (reply.isFixed()) {
      letPass(reply);
      return;
    }
    // Guards that only log were not asked yet, and guards that judged pieces have not seen the
    // whole.
    reply.isDue =
        reply.unjudged() > 0 || reply.wasJudgedInPieces() || (logsWords && !reply.hasSaidNothing());
    onSentence(reply);
    if (!reply.isBeingJudged) {
      letPass(reply);
    }
  }

  private void stopIfTooLong(JudgedResponse reply) {
    if (reply.isTooLong() && !reply.isStopped) {
      stopUnjudged(reply, List.of(Subject.ASSISTANT, Subject.TOOL_CALLS), "too long");
    }
  }

  /** Stops a response that cannot be judged, because its held messages exceed the limit. */
  private void judgeNoFurther(JudgedResponse blamed) {
    Subject subject =
        blamed.mayAnswerUnjudged
            ? Subject.USER
            : blamed.isHeldBack ? Subject.ASSISTANT : Subject.TOOL_CALLS;
    stopUnjudged(blamed, List.of(subject), "too much held back");
  }

  private void stopUnjudged(JudgedResponse reply, List<Subject> subjects, String why) {
    Judgement.Failed failed = Judgement.Failed.ofWords(why);
    List<Finding> found =
        subjects.stream().flatMap(subject -> judge.unjudgeable(subject, failed).stream()).toList();
    // If every guard on these subjects only logs, no finding counts, and nothing waits for them.
    Finding.gravest(found).ifPresent(gravest -> stop(reply, gravest));
  }

  private void stop(JudgedResponse reply, Finding why) {
    stops.stop(reply, why, false);
  }

  private void forgetIfOver(JudgedResponse reply) {
    if (reply.isDone && !reply.isBeingJudged && !reply.holds() && !reply.isStopped) {
      responses.close(reply);
    }
  }

  boolean hasRepliesToUnjudged() {
    return !repliesToUnjudged().isEmpty();
  }

  private List<JudgedResponse> repliesToUnjudged() {
    return responses.all().stream()
        .filter(reply -> reply.mayAnswerUnjudged && !reply.isStopped)
        .toList();
  }

  /** Stops responses that may answer refused speech. */
  boolean stopRepliesToUnjudged(Finding why) {
    List<JudgedResponse> those = repliesToUnjudged();
    those.forEach(reply -> stop(reply, why));
    return !those.isEmpty();
  }

  /** Releases the responses that waited for the user's speech to be judged. */
  void onSpeechJudged() {
    List<JudgedResponse> all = responses.all();
    all.forEach(reply -> reply.mayAnswerUnjudged = false);
    delivery.release();
    all.forEach(this::forgetIfOver);
  }

  void end() {
    delivery.end();
    responses.clear();
  }
}
