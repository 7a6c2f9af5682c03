package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.Key;
import io.donna.gateway.realtime.Passage;
import io.donna.gateway.websocket.HeldBytes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges what responses say and which tools they call, and says which of them wait for that ({@link
 * Delivery} has them wait). A response that is stopped ends, for the client, as one that the
 * upstream's own filter has stopped. Confined to the session's event loop.
 */
final class AssistantGuard {
  private static final String SENTENCE_ENDS = ".!?…。！？\n";

  private final GuardRules rules;
  private final Checks checks;
  private final Interventions interventions;
  private final Answers answers;
  private final Delivery delivery;
  private final boolean judgesWords;
  private final boolean logsWords;
  private final boolean judgesCalls;
  private final boolean gatesCalls;
  private final boolean holdsBack;

  private final Map<String, Reply> replies = new HashMap<>();

  AssistantGuard(
      GuardRules rules,
      Passage passage,
      Checks checks,
      Interventions interventions,
      Answers answers,
      HeldBytes bytes) {
    this.rules = rules;
    this.checks = checks;
    this.interventions = interventions;
    this.answers = answers;
    this.delivery = new Delivery(passage, bytes, this::judgeNoFurther);
    this.judgesWords = rules.judge(Subject.ASSISTANT);
    this.logsWords = rules.on(Subject.ASSISTANT).stream().anyMatch(rule -> !rule.gates());
    this.judgesCalls = rules.judge(Subject.TOOL_CALLS);
    this.gatesCalls = rules.gate(Subject.TOOL_CALLS);
    this.holdsBack = rules.holdBack();
  }

  /**
   * An event of the upstream's about a response, or about an item of the conversation.
   *
   * @param unjudged whether the user has said something that nobody has judged
   */
  void take(Event event, boolean unjudged) {
    switch (event.type()) {
      case RESPONSE_CREATED -> begin(event, unjudged);
      case RESPONSE_DONE -> finish(event);
      case CONVERSATION_ITEM_ADDED,
          CONVERSATION_ITEM_DONE,
          CONVERSATION_ITEM_CREATED,
          CONVERSATION_ITEM_RETRIEVED,
          CONVERSATION_ITEM_TRUNCATED,
          CONVERSATION_ITEM_DELETED ->
          delivery.sendOfItem(event);
      default ->
          event
              .string(Key.RESPONSE_ID)
              .map(replies::get)
              .ifPresentOrElse(reply -> take(event, reply), () -> delivery.send(event));
    }
  }

  private void take(Event event, Reply reply) {
    if (!reply.isFixed) {
      read(event, reply);
    }
    delivery.send(reply, event);
  }

  private void begin(Event event, boolean unjudged) {
    Optional<ObjectNode> tree = event.tree();
    JsonNode response = at(tree, "response");
    boolean inConversation = !response.path("conversation_id").isNull();
    Reply reply = new Reply(response.path("id").asString(""), inConversation);
    reply.isFixed = answers.begin(reply, FixedAnswer.markOf(response));
    reply.mayHaveRead = unjudged && !reply.isFixed;
    reply.isHeldBack = holdsBack && !reply.isFixed;
    replies.put(reply.id(), reply);
    if (reply.isFixed) {
      FixedAnswer.unmark(response);
      delivery.send(Event.of(tree.orElseThrow()));
    } else {
      delivery.send(event);
    }
  }

  /** Takes in what it says, and has it judged as far as it has come. */
  private void read(Event event, Reply reply) {
    switch (event.type()) {
      case RESPONSE_OUTPUT_ITEM_ADDED ->
          delivery.addItem(reply, at(event.tree(), "item").path("id").asString(""));
      case RESPONSE_OUTPUT_ITEM_DONE -> readItem(reply, at(event.tree(), "item"));
      case RESPONSE_OUTPUT_AUDIO_DELTA -> reply.spoke = true;
      case RESPONSE_OUTPUT_TEXT_DELTA, RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DELTA ->
          readDelta(reply, event);
      case RESPONSE_OUTPUT_TEXT_DONE -> readAll(reply, event, "text");
      case RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DONE -> readAll(reply, event, "transcript");
      case RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA, RESPONSE_MCP_CALL_ARGUMENTS_DELTA -> {
        if (judgesCalls) {
          JsonNode tree = tree(event);
          String item = tree.path("item_id").asString("");
          beginCall(reply, item);
          reply.addToCall(item, tree.path("delta").asString(""));
        }
      }
      case RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE, RESPONSE_MCP_CALL_ARGUMENTS_DONE -> {
        if (judgesCalls) {
          JsonNode tree = tree(event);
          judgeCall(reply, tree.path("item_id").asString(""), tree.path("arguments").asString(""));
        }
      }
      default -> {}
    }
  }

  private void readDelta(Reply reply, Event event) {
    if (judgesWords) {
      JsonNode tree = tree(event);
      String delta = tree.path("delta").asString("");
      reply.say(partOf(tree), delta);
      if (endsSentence(delta)) {
        judgeWords(reply);
      }
    }
  }

  private static boolean endsSentence(String delta) {
    String text = delta.stripTrailing();
    return !text.isEmpty() && SENTENCE_ENDS.indexOf(text.charAt(text.length() - 1)) >= 0;
  }

  private void readAll(Reply reply, Event event, String name) {
    if (judgesWords) {
      JsonNode tree = tree(event);
      reply.saidAll(partOf(tree), tree.path(name).asString(""));
      judgeWords(reply);
    }
  }

  private static String partOf(JsonNode event) {
    return event.path("item_id").asString("") + "/" + event.path("content_index").asInt(0);
  }

  /** An item that is finished: what no event before it has told is in it. */
  private void readItem(Reply reply, JsonNode item) {
    String id = item.path("id").asString("");
    switch (item.path("type").asString("")) {
      case "function_call", "mcp_call" -> {
        if (judgesCalls) {
          judgeCall(reply, id, item.path("arguments").asString(""));
        }
      }
      default -> {
        if (judgesWords) {
          int index = 0;
          for (JsonNode part : item.path("content")) {
            String text = part.path("text").asString(part.path("transcript").asString(""));
            if (!text.isEmpty()) {
              reply.saidAll(id + "/" + index, text);
            }
            index++;
          }
        }
      }
    }
  }

  private void beginCall(Reply reply, String item) {
    if (gatesCalls) {
      reply.beginCall(item);
    }
  }

  private void judgeCall(Reply reply, String item, String arguments) {
    if (reply.isStopped) {
      return;
    }
    beginCall(reply, item);
    if (reply.finishCall(item)) {
      checks.begin(
          Subject.TOOL_CALLS, List.of(arguments), found -> onCallJudged(reply, item, found));
    }
  }

  private void onCallJudged(Reply reply, String item, List<Finding> found) {
    Optional<Finding> gravest = Finding.gravest(found);
    if (gravest.isPresent()) {
      stop(reply, gravest.get());
    } else {
      reply.letCallPass(item);
      delivery.release();
      forgetIfOver(reply);
    }
  }

  /** Has judged what there is, unless that is done already, or too early. */
  private void judgeWords(Reply reply) {
    boolean early = reply.isHeldBack && !reply.isDone;
    if (early || reply.atTheGuards || !reply.hasSaidMore || reply.isStopped) {
      return;
    }
    // Of what is only logged, once is enough.
    List<GuardRule> asking =
        rules.on(Subject.ASSISTANT).stream().filter(rule -> reply.isDone || rule.gates()).toList();
    if (!asking.isEmpty()) {
      reply.hasSaidMore = false;
      reply.atTheGuards = true;
      checks.begin(asking, Subject.ASSISTANT, reply.words(), found -> onWordsJudged(reply, found));
    }
  }

  private void onWordsJudged(Reply reply, List<Finding> found) {
    reply.atTheGuards = false;
    Optional<Finding> gravest = Finding.gravest(found);
    if (reply.isStopped) {
      return;
    }
    if (gravest.isPresent()) {
      stop(reply, gravest.get());
      return;
    }
    judgeWords(reply);
    if (reply.isDone && !reply.atTheGuards) {
      letPass(reply);
    }
  }

  private void letPass(Reply reply) {
    reply.isHeldBack = false;
    delivery.release();
    forgetIfOver(reply);
  }

  private void finish(Event event) {
    Optional<ObjectNode> tree = event.tree();
    JsonNode response = at(tree, "response");
    String id = response.path("id").asString("");
    answers.finish(id);
    Reply reply = replies.get(id);
    if (reply == null || tree.isEmpty()) {
      delivery.send(event);
    } else if (reply.isFixed) {
      replies.remove(id);
      FixedAnswer.unmark(response);
      delivery.send(Event.of(tree.get()));
    } else {
      finish(reply, event, tree.get(), response);
    }
    answers.askForWhatIsOwed();
  }

  private void finish(Reply reply, Event event, ObjectNode tree, JsonNode response) {
    reply.isDone = true;
    boolean cancelled = response.path("status").asString("").equals("cancelled");
    if (cancelled && (reply.isHeldBack || reply.mayHaveRead) && !reply.isStopped) {
      // Nobody has heard it, and nobody waits for it any more.
      reply.isStopped = true;
      delivery.drop(reply);
    }
    if (reply.isStopped) {
      finishStopped(reply, tree);
      delivery.release();
      return;
    }
    response.path("output").forEach(item -> readItem(reply, item));
    reply.unfinishedCalls().forEach((item, begun) -> judgeCall(reply, item, begun.toString()));
    reply.done = tree;
    delivery.send(reply, event);
    if (judgesWords && reply.spoke && reply.words().isEmpty() && !cancelled) {
      List<Finding> found = checks.unjudgeable(Subject.ASSISTANT, "speech without a transcript");
      onWordsJudged(reply, found);
      return;
    }
    if (logsWords) {
      reply.hasSaidMore = !reply.words().isEmpty(); // those who only log have not been asked
    }
    judgeWords(reply);
    if (!reply.atTheGuards) {
      letPass(reply);
    }
  }

  /** There is no room for what waits for it, so it cannot be judged. */
  private void judgeNoFurther(Reply blamed) {
    Subject subject =
        blamed.mayHaveRead
            ? Subject.USER
            : blamed.isHeldBack ? Subject.ASSISTANT : Subject.TOOL_CALLS;
    Optional<Finding> gravest = Finding.gravest(checks.unjudgeable(subject, "too much held back"));
    if (gravest.isPresent()) {
      stop(blamed, gravest.get());
    } else {
      blamed.holdNothing();
      delivery.release();
    }
  }

  private void stop(Reply reply, Finding why) {
    if (reply.isStopped) {
      return;
    }
    reply.isStopped = true;
    reply.stopped = why;
    if (why.action() == Action.END) {
      interventions.end(why);
      return;
    }
    delivery.drop(reply);
    if (why.action() == Action.CANCEL) {
      interventions.tell(why);
    } else {
      answers.owe(why);
    }
    ObjectNode done = reply.done;
    if (!reply.isDone) {
      interventions.cancel(reply.id());
    } else if (!reply.clientKnowsItIsDone && done != null) {
      finishStopped(reply, done);
    } else {
      takeBack(reply);
    }
    delivery.release();
    answers.askForWhatIsOwed();
  }

  /** The client hears that it is over, and of what it came to, as of the upstream's own filter. */
  private void finishStopped(Reply reply, ObjectNode done) {
    if (done.get("response") instanceof ObjectNode response) {
      if (reply.stopped != null) {
        response.put("status", "incomplete");
        response
            .putObject("status_details")
            .put("type", "incomplete")
            .put("reason", "content_filter");
      }
      response.putArray("output");
    }
    takeBack(reply);
    delivery.send(Event.of(done));
  }

  /** The next response must not build on what was not to be said. */
  private void takeBack(Reply reply) {
    replies.remove(reply.id());
    if (reply.inConversation()) {
      reply.items().forEach(interventions::delete);
    }
  }

  private void forgetIfOver(Reply reply) {
    if (reply.isDone && !reply.atTheGuards && !reply.holds()) {
      replies.remove(reply.id());
    }
  }

  boolean mayHaveReadWhatIsUnjudged() {
    return !thoseThatMayHaveRead().isEmpty();
  }

  private List<Reply> thoseThatMayHaveRead() {
    return replies.values().stream()
        .filter(reply -> reply.mayHaveRead && !reply.isStopped)
        .toList();
  }

  /** Stops what may be an answer to words that were not to be answered. */
  boolean stopThoseThatMayHaveRead(Finding why) {
    List<Reply> those = thoseThatMayHaveRead();
    those.forEach(reply -> stop(reply, why));
    return !those.isEmpty();
  }

  /** Whatever the user has said is judged. */
  void allIsJudged() {
    List<Reply> all = List.copyOf(replies.values());
    all.forEach(reply -> reply.mayHaveRead = false);
    delivery.release();
    all.forEach(this::forgetIfOver);
  }

  void end() {
    delivery.end();
    replies.clear();
  }

  private static JsonNode tree(Event event) {
    return event.tree().map(JsonNode.class::cast).orElseGet(MissingNode::getInstance);
  }

  private static JsonNode at(Optional<ObjectNode> tree, String name) {
    return tree.map(found -> found.path(name)).orElseGet(MissingNode::getInstance);
  }
}
