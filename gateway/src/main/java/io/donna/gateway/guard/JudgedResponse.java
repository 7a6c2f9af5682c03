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

/**
 * One response as the guards see it: its words and calls so far, and what it waits for. Confined to
 * the session's event loop.
 */
final class JudgedResponse {
  /**
   * Where a response is judged in pieces, this many characters that were judged before are judged
   * again with the new ones.
   */
  static final int OVERLAP = 2_048;

  private static final int MAX_PARTS = 256;

  /** A text that arrives in deltas. */
  private static final class Part {
    private final StringBuilder text = new StringBuilder();

    /**
     * How many of its characters the guards have been given, with at least {@link #OVERLAP} before
     * them.
     */
    private int judged;
  }

  private final String id;

  /** Whether it is part of the conversation, so that its items stay there. */
  private final boolean inConversation;

  private final Map<String, Part> words = new LinkedHashMap<>();
  private int wordsLength;
  private int unjudgedLength;

  private final Map<String, StringBuilder> calls = new LinkedHashMap<>();
  private int callsLength;

  /** Calls that no guard has passed yet, with the number of judgements each waits for. */
  private final Map<String, Integer> openCalls = new HashMap<>();

  /** The arguments of each call that was judged, or is being judged. */
  private final Map<String, String> judgedCalls = new HashMap<>();

  private int judgedCallsLength;

  private final Set<String> items = new LinkedHashSet<>();

  /** Those of its items that the client has not been told of. */
  private final Set<String> unseen = new HashSet<>();

  /** The fixed answer that the gateway requested; null for any other response. */
  private final @Nullable FixedAnswer fixed;

  /** Whether it has said anything but its fixed sentence, or its words are unknown. */
  private boolean deviates;

  /** Whether it may answer speech of the user's that was not judged. */
  boolean mayAnswerUnjudged;

  /** Whether it is withheld from the client until all of it is judged. */
  boolean isHeldBack;

  boolean isDone;
  boolean isDoneSent;
  boolean spoke;
  boolean isStopped;

  /** Why it was stopped; null if no guard stopped it. */
  @Nullable Finding stopped;

  /** Its {@code response.done} event; null until it has ended. */
  @Nullable ObjectNode done;

  boolean isBeingJudged;

  /** Whether its words so far are to be judged. */
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

  /** Empty for output outside of any response. */
  String id() {
    return id;
  }

  boolean inConversation() {
    return inConversation;
  }

  /** Whether the gateway requested it as a fixed answer. */
  boolean wasFixed() {
    return fixed != null;
  }

  /**
   * Whether its words are known in advance: it is a fixed answer, and has kept to its sentence so
   * far.
   */
  boolean isFixed() {
    return fixed != null && !deviates;
  }

  /**
   * Treats it as any other response from now on: a fixed answer makes no calls, and has a
   * transcript.
   */
  void deviate() {
    deviates = true;
  }

  Set<String> items() {
    return items;
  }

  Set<String> unseen() {
    return unseen;
  }

  /** Whether its events have to wait now. */
  boolean holds() {
    return mayAnswerUnjudged || isHeldBack || !openCalls.isEmpty();
  }

  /** Whether it has more characters, or more parts, than can be judged. */
  boolean isTooLong() {
    return isTooLong;
  }

  void setTooLong() {
    isTooLong = true;
    deviate();
  }

  private boolean hasRoomFor(int length, Map<String, ?> parts) {
    if (length > TextNormalizer.LONGEST_TEXT || parts.size() > MAX_PARTS) {
      setTooLong();
    }
    return !isTooLong;
  }

  void say(String name, String delta) {
    if (!delta.isEmpty() && hasRoomFor(wordsLength + delta.length(), words)) {
      StringBuilder text = words.computeIfAbsent(name, none -> new Part()).text.append(delta);
      deviates |= fixed != null && !deviates && !fixed.mayBegin(text);
      wordsLength += delta.length();
      unjudgedLength += delta.length();
    }
  }

  /**
   * Adds the whole text of a part. If it does not continue the deltas before it, it is added as
   * another part: the client receives both.
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

  /** Whether no guard has judged all of its words at once. */
  boolean wasJudgedInPieces() {
    return wasJudgedInPieces;
  }

  /** How many characters no guard has been given. */
  int unjudged() {
    return unjudgedLength;
  }

  /** All of its words; marks them as given to the guards. */
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
   * The words that no guard has been given, with enough before them that a match of {@value
   * #OVERLAP} characters is found. Over a whole response a guard reads each character a bounded
   * number of times.
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
        before = null;
      } else {
        before = part;
      }
    }
    unjudgedLength = 0;
    return texts;
  }

  /**
   * Adds a delta to a call's arguments. If the call is judged already, the delta begins another
   * call.
   *
   * @return the call's name
   */
  String addToCall(String call, String delta) {
    deviate();
    String name = judgedCalls.containsKey(call) ? call + "#" : call;
    if (hasRoomFor(callsLength + delta.length(), calls)) {
      calls.computeIfAbsent(name, none -> new StringBuilder()).append(delta);
      callsLength += delta.length();
    }
    return name;
  }

  /** The deltas of a call's arguments so far; empty if there are none. */
  String callSoFar(String call) {
    StringBuilder pieces = calls.get(call);
    return pieces == null ? "" : pieces.toString();
  }

  /** Withholds a call from the client until it is judged. */
  void beginCall(String call) {
    deviate();
    if (!judgedCalls.containsKey(call) && hasRoomFor(0, openCalls)) {
      openCalls.putIfAbsent(call, 0);
    }
  }

  /** The arguments so far of calls that were not given to a guard. */
  Map<String, StringBuilder> unfinishedCalls() {
    Map<String, StringBuilder> unfinished = new LinkedHashMap<>(calls);
    unfinished.keySet().removeAll(judgedCalls.keySet());
    return unfinished;
  }

  /**
   * Whether the call must be judged with these arguments: each set of arguments is judged once.
   *
   * @param holds whether the call is withheld from the client meanwhile
   */
  boolean finishCall(String call, String arguments, boolean holds) {
    deviate();
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
