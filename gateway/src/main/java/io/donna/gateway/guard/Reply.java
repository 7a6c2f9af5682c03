package io.donna.gateway.guard;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** One response as the guards see it: what it has said so far, and what it waits for. */
final class Reply {
  private final String id;

  /** Whether it is in the conversation, and what it says stays there. */
  private final boolean inConversation;

  private final Map<String, StringBuilder> words = new LinkedHashMap<>();
  private final Map<String, StringBuilder> calls = new LinkedHashMap<>();

  /** Calls that no guard has let pass. */
  private final Set<String> openCalls = new HashSet<>();

  private final Set<String> judgedCalls = new HashSet<>();
  private final Set<String> items = new LinkedHashSet<>();

  /** Those of its items that the client knows of. */
  private final Set<String> seen = new HashSet<>();

  /** Whether it is one that the gateway asked for, to say what it says. */
  boolean isFixed;

  /** Whether it may have read what the user said and nobody had judged. */
  boolean mayHaveRead;

  /** Whether nothing of it goes to the client before it is judged to its end. */
  boolean isHeldBack;

  boolean isDone;
  boolean clientKnowsItIsDone;
  boolean spoke;
  boolean isStopped;

  /** Why it was stopped; null where it was of its own accord. */
  @Nullable Finding stopped;

  /** How it ended; null while it has not. */
  @Nullable ObjectNode done;

  boolean atTheGuards;
  boolean hasSaidMore;

  Reply(String id, boolean inConversation) {
    this.id = id;
    this.inConversation = inConversation;
  }

  String id() {
    return id;
  }

  boolean inConversation() {
    return inConversation;
  }

  Set<String> items() {
    return items;
  }

  Set<String> seen() {
    return seen;
  }

  void holdNothing() {
    mayHaveRead = false;
    isHeldBack = false;
    openCalls.clear();
  }

  /** Whether the client has to wait for what comes of it now. */
  boolean holds() {
    return mayHaveRead || isHeldBack || !openCalls.isEmpty();
  }

  void say(String part, String delta) {
    words.computeIfAbsent(part, none -> new StringBuilder()).append(delta);
    hasSaidMore = true;
  }

  /** A part is finished, and this is all of it. */
  void saidAll(String part, String text) {
    StringBuilder before = words.get(part);
    if (before == null || !text.contentEquals(before)) {
      words.put(part, new StringBuilder(text));
      hasSaidMore = true;
    }
  }

  List<String> words() {
    return texts(words);
  }

  private static List<String> texts(Map<String, StringBuilder> parts) {
    List<String> texts = new ArrayList<>();
    parts.values().forEach(text -> texts.add(text.toString()));
    return texts;
  }

  void beginCall(String item) {
    if (!judgedCalls.contains(item)) {
      openCalls.add(item);
    }
  }

  void addToCall(String item, String delta) {
    calls.computeIfAbsent(item, none -> new StringBuilder()).append(delta);
  }

  /** What has come of the arguments of a call that nobody has begun to judge. */
  Map<String, StringBuilder> unfinishedCalls() {
    Map<String, StringBuilder> unfinished = new LinkedHashMap<>(calls);
    unfinished.keySet().removeAll(judgedCalls);
    return unfinished;
  }

  /** Whether the call is to be judged now; it is, once. */
  boolean finishCall(String item) {
    return judgedCalls.add(item);
  }

  void letCallPass(String item) {
    openCalls.remove(item);
  }
}
