package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import tools.jackson.databind.JsonNode;

/**
 * Reads the words and calls of a response out of events: from known events their texts and
 * arguments, from unknown ones every text. Confined to the session's event loop.
 */
final class ResponseContentReader {
  /** Called when there is something to judge. */
  interface Listener {
    /** Words were added, and a sentence may have ended. */
    void onSentence(JudgedResponse reply);

    /** A call's arguments are complete. */
    void onCall(JudgedResponse reply, String call, String arguments);
  }

  private final boolean readsWords;
  private final boolean readsCalls;
  private final boolean gatesCalls;
  private final Listener listener;

  ResponseContentReader(GuardRules rules, Listener listener) {
    this.readsWords = rules.judge(Subject.ASSISTANT);
    this.readsCalls = rules.judge(Subject.TOOL_CALLS);
    this.gatesCalls = rules.gate(Subject.TOOL_CALLS);
    this.listener = listener;
  }

  void read(UpstreamEvent event, JudgedResponse reply) {
    switch (event.type()) {
      case RESPONSE_OUTPUT_AUDIO_DELTA, RESPONSE_AUDIO_DELTA -> reply.spoke = true;
      case RESPONSE_OUTPUT_AUDIO_DONE, RESPONSE_AUDIO_DONE -> {}
      default -> {
        if (readsWords || readsCalls) {
          readText(event, event.tree(), reply);
        }
      }
    }
  }

  private void readText(UpstreamEvent event, JsonNode tree, JudgedResponse reply) {
    switch (event.type()) {
      case RESPONSE_OUTPUT_TEXT_DELTA,
          RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DELTA,
          RESPONSE_TEXT_DELTA,
          RESPONSE_AUDIO_TRANSCRIPT_DELTA ->
          say(reply, partOf(tree), tree.path("delta").asString(""));
      case RESPONSE_OUTPUT_TEXT_DONE, RESPONSE_TEXT_DONE ->
          sayAll(reply, partOf(tree), tree.path("text").asString(""));
      case RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DONE, RESPONSE_AUDIO_TRANSCRIPT_DONE ->
          sayAll(reply, partOf(tree), tree.path("transcript").asString(""));
      case RESPONSE_CONTENT_PART_ADDED, RESPONSE_CONTENT_PART_DONE ->
          sayAll(reply, partOf(tree), textOf(reply, tree.path("part")));
      case RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA, RESPONSE_MCP_CALL_ARGUMENTS_DELTA ->
          addToCall(reply, event.item(), tree.path("delta").asString(""));
      case RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE, RESPONSE_MCP_CALL_ARGUMENTS_DONE ->
          finishCall(reply, event.item(), tree.path("arguments").asString(""));
      case RESPONSE_OUTPUT_ITEM_ADDED, CONVERSATION_ITEM_ADDED, CONVERSATION_ITEM_CREATED ->
          readItem(reply, tree.path("item"), false);
      case RESPONSE_OUTPUT_ITEM_DONE, CONVERSATION_ITEM_DONE, CONVERSATION_ITEM_RETRIEVED ->
          readItem(reply, tree.path("item"), true);
      case CONVERSATION_ITEM_DELETED, CONVERSATION_ITEM_TRUNCATED -> {}
      default -> readUnknown(event, tree, reply);
    }
  }

  /** Reads an event of unknown type. Any text in it may be a delta, of words or of a call. */
  private void readUnknown(UpstreamEvent event, JsonNode tree, JudgedResponse reply) {
    String name = tree.path("type").asString("") + "/" + event.item();
    boolean all =
        UpstreamEvent.texts(
            tree,
            name,
            (path, text) -> {
              say(reply, path, text);
              addToCall(reply, path, text);
              return !reply.isTooLong();
            });
    if (!all) {
      reply.setTooLong();
    }
  }

  private static String partOf(JsonNode event) {
    return event.path("item_id").asString("") + "/" + event.path("content_index").asInt(0);
  }

  /**
   * Reads an item and its content.
   *
   * @param finished whether the arguments of a call in it are final
   */
  void readItem(JudgedResponse reply, JsonNode item, boolean finished) {
    String id = item.path("id").asString("");
    switch (item.path("type").asString("")) {
      case "function_call", "mcp_call" -> {
        String arguments = item.path("arguments").asString("");
        if (finished) {
          finishCall(reply, id, arguments);
        } else if (!arguments.isEmpty()) {
          beginCall(reply, id);
        }
      }
      case "message" -> readContent(reply, id, item.path("content"));
      default -> {
        readContent(reply, id, item.path("content"));
        boolean all =
            UpstreamEvent.texts(
                item,
                id,
                (path, text) -> {
                  if (!path.startsWith(id + "/content")) {
                    sayAll(reply, path, text);
                    if (finished) {
                      finishCall(reply, path, text);
                    } else {
                      beginCall(reply, path);
                    }
                  }
                  return !reply.isTooLong();
                });
        if (!all) {
          reply.setTooLong();
        }
      }
    }
  }

  private void readContent(JudgedResponse reply, String item, JsonNode content) {
    int index = 0;
    for (JsonNode part : content) {
      if (reply.isTooLong()) {
        return;
      }
      sayAll(reply, item + "/" + index++, textOf(reply, part));
    }
  }

  /** The texts of a part, without audio. Stops once they are too long to be judged. */
  private static String textOf(JudgedResponse reply, JsonNode part) {
    StringBuilder text = new StringBuilder();
    boolean all =
        UpstreamEvent.texts(
            part,
            "",
            (path, piece) -> {
              if (!path.equals("/audio") && !piece.isEmpty()) {
                text.append(text.isEmpty() ? "" : " ").append(piece);
              }
              return text.length() <= TextNormalizer.LONGEST_TEXT;
            });
    if (!all) {
      reply.setTooLong();
    }
    return text.toString();
  }

  private void say(JudgedResponse reply, String part, String delta) {
    if (readsWords) {
      reply.say(part, delta);
      if (reply.isDone
          || SentenceBoundaries.mayEndIn(delta)
          || reply.unjudged() >= SentenceBoundaries.LONGEST_UNJUDGED) {
        reply.isDue |= reply.unjudged() > 0;
        listener.onSentence(reply);
      }
    }
  }

  private void sayAll(JudgedResponse reply, String part, String text) {
    if (readsWords && !text.isEmpty()) {
      reply.saidAll(part, text);
      if (reply.unjudged() > 0) {
        reply.isDue = true;
        listener.onSentence(reply);
      }
    }
  }

  private void beginCall(JudgedResponse reply, String call) {
    if (gatesCalls) {
      reply.beginCall(call);
    }
  }

  private void addToCall(JudgedResponse reply, String call, String delta) {
    if (readsCalls && !delta.isEmpty()) {
      String name = reply.addToCall(call, delta);
      beginCall(reply, name);
      if (reply.isDone) {
        finishCall(reply, name, reply.callSoFar(name));
      }
    }
  }

  private void finishCall(JudgedResponse reply, String call, String arguments) {
    if (readsCalls) {
      listener.onCall(reply, call, arguments);
    }
  }
}
