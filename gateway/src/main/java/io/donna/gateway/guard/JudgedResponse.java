package io.donna.gateway.guard;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** One response as the guards see it: what it has said so far, and what it waits for. */
final class JudgedResponse {
  /** Of words that are judged while they come: so much of what was judged is judged with them. */
  static final int OVERLAP = 2_048;

  private static final int MOST_PARTS = 256;

  /** A text that comes in pieces. */
  private static final class Part {
    private final StringBuilder text = new StringBuilder();

    /** How much of it the guards have had, if only behind so much of what was before. */
    private int judged;
  }

  private final String id;

  /** Whether it is in the conversation, and what it says stays there. */
  private final boolean inConversation;

  private final Map<String, Part> words = new LinkedHashMap<>();
  private int wordsLength;
  private int unjudgedLength;

  private final Map<String, StringBuilder> calls = new LinkedHashMap<>();
  private int callsLength;

  /** Calls that no guard has let pass, and by how many judgements each waits. */
  private final Map<String, Integer> openCalls = new HashMap<>();

  /** The arguments of each call that is judged, or with the guards. */
  private final Map<String, String> judgedCalls = new HashMap<>();

  private int judgedCallsLength;

  private final Set<String> items = new LinkedHashSet<>();

  /** Those of its items that the client does not know of. */
  private final Set<String> unseen = new HashSet<>();

  /** What the gateway asked it to say; null for any other. */
  private final @Nullable FixedAnswer fixed;

  /** Whether it has said anything else, or nobody knows what it said. */
  private boolean strays;

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

  /** Whether what it has said is to be judged before it says more. */
  boolean isDue;

  private boolean isTooLong;
  private boolean wasJudgedInPieces;

  JudgedResponse(String id, boolean inConversation) {
    this(id, inConversation, null);
  }

  JudgedResponse(String id, boolean inConversation, @Nullable FixedAnswer fixed) {
    this.id = id;
    this.inConversation = inConversation;
    this.fixed = fixed;
  }

  /** Empty for what the upstream told outside of any response. */
  String id() {
    return id;
  }

  boolean inConversation() {
    return inConversation;
  }

  /** Whether the gateway asked for it, to say one sentence. */
  boolean wasFixed() {
    return fixed != null;
  }

  /** Whether it is known beforehand what it says: it was fixed, and has kept to that so far. */
  boolean isFixed() {
    return fixed != null && !strays;
  }

  /** It is one like any other from now on: a sentence calls nothing, and is written down. */
  void stray() {
    strays = true;
  }

  Set<String> items() {
    return items;
  }

  Set<String> unseen() {
    return unseen;
  }

  /** Whether the client has to wait for what comes of it now. */
  boolean holds() {
    return mayHaveRead || isHeldBack || !openCalls.isEmpty();
  }

  /** Whether it says more, or in more pieces, than can be judged. */
  boolean isTooLong() {
    return isTooLong;
  }

  void setTooLong() {
    isTooLong = true;
    stray();
  }

  private boolean hasRoomFor(int length, Map<String, ?> parts) {
    if (length > TextNormalizer.LONGEST_TEXT || parts.size() > MOST_PARTS) {
      setTooLong();
    }
    return !isTooLong;
  }

  void say(String name, String delta) {
    if (!delta.isEmpty() && hasRoomFor(wordsLength + delta.length(), words)) {
      StringBuilder text = words.computeIfAbsent(name, none -> new Part()).text.append(delta);
      strays |= fixed != null && !strays && !fixed.mayBegin(text);
      wordsLength += delta.length();
      unjudgedLength += delta.length();
    }
  }

  /**
   * A part is told whole. Where that is not what was told of it before, it is one more: the client
   * hears both.
   */
  void saidAll(String name, String text) {
    String version = name;
    Part part = words.get(version);
    for (int again = 1; part != null && !text.startsWith(part.text.toString()); again++) {
      version = name + "#" + again;
      part = words.get(version);
    }
    say(version, part == null ? text : text.substring(part.text.length()));
  }

  boolean hasSaidNothing() {
    return words.isEmpty();
  }

  /** Whether no guard has had all that it said at once. */
  boolean wasJudgedInPieces() {
    return wasJudgedInPieces;
  }

  /** How many characters no guard has had. */
  int unjudged() {
    return unjudgedLength;
  }

  /** All of its words, which are then judged. */
  List<String> words() {
    List<String> texts = new ArrayList<>();
    for (Part part : words.values()) {
      texts.add(part.text.toString());
      part.judged = part.text.length();
    }
    unjudgedLength = 0;
    return texts;
  }

  /**
   * Those of its words that no guard has had, and so much of what stands before them that a match
   * of {@value #OVERLAP} characters is seen: over a whole response a guard reads each character a
   * bounded number of times.
   */
  List<String> newWords() {
    if (wordsLength <= OVERLAP) {
      return words();
    }
    wasJudgedInPieces = true;
    List<String> texts = new ArrayList<>();
    Part before = null;
    for (Part part : words.values()) {
      if (part.judged < part.text.length()) {
        if (before != null && part.judged < OVERLAP) {
          int length = before.text.length();
          texts.add(before.text.substring(Math.max(0, length - OVERLAP)));
        }
        texts.add(part.text.substring(Math.max(0, part.judged - OVERLAP)));
        part.judged = part.text.length();
        before = null; // it is in the list
      } else {
        before = part;
      }
    }
    unjudgedLength = 0;
    return texts;
  }

  /**
   * Part of a call's arguments; of one that is judged already, part of one more.
   *
   * @return the call's name
   */
  String addToCall(String call, String delta) {
    stray();
    String name = judgedCalls.containsKey(call) ? call + "#" : call;
    if (hasRoomFor(callsLength + delta.length(), calls)) {
      calls.computeIfAbsent(name, none -> new StringBuilder()).append(delta);
      callsLength += delta.length();
    }
    return name;
  }

  /** What has come of a call's arguments piece by piece. */
  String callSoFar(String call) {
    StringBuilder pieces = calls.get(call);
    return pieces == null ? "" : pieces.toString();
  }

  /** The client must not have the call yet. */
  void beginCall(String call) {
    stray();
    if (!judgedCalls.containsKey(call) && hasRoomFor(0, openCalls)) {
      openCalls.putIfAbsent(call, 0);
    }
  }

  /** What has come of the arguments of calls that nobody has begun to judge. */
  Map<String, StringBuilder> unfinishedCalls() {
    Map<String, StringBuilder> unfinished = new LinkedHashMap<>(calls);
    unfinished.keySet().removeAll(judgedCalls.keySet());
    return unfinished;
  }

  /**
   * Whether the call is to be judged with these arguments: once with the same ones.
   *
   * @param holds whether the client waits for that
   */
  boolean finishCall(String call, String arguments, boolean holds) {
    stray();
    if (arguments.equals(judgedCalls.get(call))
        || !hasRoomFor(judgedCallsLength + arguments.length(), judgedCalls)) {
      return false;
    }
    judgedCalls.put(call, arguments);
    judgedCallsLength += arguments.length();
    if (holds) {
      openCalls.merge(call, 1, Integer::sum);
    }
    return true;
  }

  void letCallPass(String call) {
    openCalls.computeIfPresent(call, (name, judgements) -> judgements > 1 ? judgements - 1 : null);
  }
}
