package io.donna.gateway.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.websocket.Message;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A message on its way through the gateway: a view of a message from the wire, one for each leg,
 * valid during the call that passes it; or an event of the gateway's own. The type and the
 * positions of values cost nothing, because the scanner found them while the message arrived. The
 * bytes cost a copy; the tree costs one parse, however many inspectors read it.
 *
 * <p>All inspectors share one tree per message. Whoever changes it must call {@link #rewrite}; from
 * then on the tree defines the message. Nodes read before may be changed later, so an inspector
 * must not keep them after passing the message on.
 *
 * <p>No tree of more than {@link #MAX_BYTES_ON_LOOP} or {@link #MAX_VALUES_ON_LOOP} is parsed or
 * serialized on an event loop. Whoever passes such a message to inspectors must have parsed it
 * elsewhere ({@link #isHeavy}), and whoever sends one must serialize it elsewhere ({@link
 * #isHeavyToWrite}).
 */
public final class Event {
  /** Bytes of text to parse or serialize on an event loop: some 200 µs. */
  static final int MAX_BYTES_ON_LOOP = 64 * 1024;

  /** Values to parse on an event loop: as long as that. */
  static final int MAX_VALUES_ON_LOOP = 4_000;

  /** The longest {@link #string}, in bytes: IDs and names, not audio. */
  private static final int LONGEST_STRING = 1_024;

  private final StrictScanner scanner;
  private @Nullable Message message;

  /** Its bytes, if they are in the gateway's own memory. */
  private byte @Nullable [] text;

  private @Nullable ObjectNode tree;
  private boolean hasNoTree;

  /** Whether the tree defines it, and no longer the bytes received. */
  private boolean rewritten;

  /** The length that it has at most if it is rewritten; -1 until computed. */
  private int treeSize = -1;

  private EventType name = EventType.UNKNOWN;
  private boolean renamed;

  /** A view of the messages of one leg, which {@code scanner} reads. */
  public Event(StrictScanner scanner) {
    this.scanner = scanner;
  }

  /** An event of the gateway's own. */
  public static Event of(String text) {
    return of(text.getBytes(UTF_8));
  }

  /** As {@link #of(String)}, from UTF-8. */
  public static Event of(byte[] text) {
    Event event = new Event(new StrictScanner());
    event.text = text;
    event.scanner.begin();
    event.scanner.inspect(Unpooled.wrappedBuffer(text), 0, text.length, 0);
    event.scanner.end();
    return event;
  }

  /** As {@link #of(String)}, from a tree, which the event owns from now on. */
  public static Event of(ObjectNode tree) {
    Event event = new Event(new StrictScanner());
    event.rewrite(tree);
    return event;
  }

  /**
   * Parses {@code payload}, which is valid UTF-8; null if it is no object. Safe from any thread.
   */
  public static @Nullable ObjectNode read(byte[] payload) {
    return Json.USUAL.readUtf8(payload) instanceof ObjectNode object ? object : null;
  }

  /** Makes this a view of the message whose end the leg has just read. */
  public Event pointAt(Message current) {
    message = current;
    text = null;
    tree = null;
    hasNoTree = false;
    rewritten = false;
    renamed = false;
    return this;
  }

  /** As {@link #pointAt(Message)}, for a message that was {@link #read} already. */
  public Event pointAt(Message current, @Nullable ObjectNode read) {
    pointAt(current);
    tree = read;
    hasNoTree = read == null;
    return this;
  }

  /**
   * A copy that stays valid after the call that passed the event. The original must not be passed
   * on afterwards.
   */
  public Event kept() {
    if (message == null) {
      return this;
    }
    if (tree != null && (rewritten || isHeavy())) {
      return of(tree);
    }
    Event copy = of(payload());
    copy.tree = tree;
    return copy;
  }

  /** Whether it is the gateway's own, not a message from the wire. */
  public boolean isOwn() {
    return message == null;
  }

  public boolean isText() {
    return message == null || message.isText();
  }

  /** Its fault as JSON. */
  public Fault fault() {
    return isText() && !rewritten ? scanner.fault() : Fault.NONE;
  }

  public EventType type() {
    if (renamed || rewritten) {
      return name;
    }
    return isText() ? scanner.type() : EventType.UNKNOWN;
  }

  /** Changes its type; every other byte stays as received. Neither parses nor copies. */
  public void rename(EventType type) {
    name = type;
    renamed = true;
    if (tree != null && tree.has(JsonKey.TYPE.name)) {
      tree.put(JsonKey.TYPE.name, type.wireName());
    }
  }

  /**
   * Makes {@code changed}, which may be its own tree, the content of this event. The event owns it
   * from now on.
   */
  public Event rewrite(ObjectNode changed) {
    tree = changed;
    treeSize = -1;
    hasNoTree = false;
    rewritten = true;
    text = null;
    name = EventType.named(changed.path(JsonKey.TYPE.name).asString(""));
    return this;
  }

  /**
   * The payload's length in bytes; of a tree that is not serialized yet, the length that it has at
   * most.
   */
  public int length() {
    if (rewritten && tree != null) {
      if (text != null) {
        return text.length;
      }
      treeSize = treeSize < 0 ? TreeSize.of(tree) : treeSize;
      return treeSize;
    }
    return scanner.length() + growth();
  }

  /**
   * The length in bytes of a top-level string, its quotes not counted: base64 audio has four bytes
   * for three of sound. -1 if there is no such string.
   */
  public int lengthOfString(JsonKey key) {
    if (rewritten) {
      JsonNode value = inTree(key);
      return value != null && value.isString() ? value.asString().length() : -1;
    }
    int start = scanner.startOf(key);
    return start >= 0 && scanner.isString(key) ? scanner.endOf(key) - start - 2 : -1;
  }

  /** Whether it has this key at its top level. */
  public boolean has(JsonKey key) {
    return rewritten ? inTree(key) != null : scanner.startOf(key) >= 0;
  }

  /** The number of JSON values in it as it was received, itself and those of its fields. */
  public int values() {
    return scanner.values();
  }

  /** A short top-level string; empty if it is missing, too long, or no string. */
  public Optional<String> string(JsonKey key) {
    int length = lengthOfString(key);
    if (length < 0 || length > LONGEST_STRING) {
      return Optional.empty();
    }
    JsonNode value =
        rewritten
            ? inTree(key)
            : Json.USUAL.readUtf8(original(scanner.startOf(key), scanner.endOf(key)));
    return value != null && value.isString() ? Optional.of(value.asString()) : Optional.empty();
  }

  private @Nullable JsonNode inTree(JsonKey key) {
    return tree == null ? null : tree.get(key.name);
  }

  /** A copy of its bytes. */
  public byte[] payload() {
    if (rewritten && tree != null) {
      byte[] written = text != null ? text : utf8(tree.toString());
      text = written;
      return written;
    }
    byte[] all = original(0, scanner.length());
    if (!isSpliced()) {
      return all;
    }
    byte[] type = splice();
    byte[] spliced = new byte[length()];
    int from = scanner.startOf(JsonKey.TYPE);
    int to = scanner.endOf(JsonKey.TYPE);
    System.arraycopy(all, 0, spliced, 0, from);
    System.arraycopy(type, 0, spliced, from, type.length);
    System.arraycopy(all, to, spliced, from + type.length, all.length - to);
    return spliced;
  }

  /**
   * Its tree, with unique keys; empty if it is not valid JSON, or exceeds the bounds of a tree.
   * Shared by all callers: change it only if you then call {@link #rewrite}, or do not pass the
   * event on.
   */
  public Optional<ObjectNode> tree() {
    if (tree == null && !hasNoTree) {
      tree = mayBeOpened() ? read(payload()) : null;
      hasNoTree = tree == null;
    }
    return Optional.ofNullable(tree);
  }

  private boolean mayBeOpened() {
    return isText()
        && !fault().leavesNoTree()
        && !(isSpeech(type()) && scanner.length() > MAX_BYTES_ON_LOOP);
  }

  /** Whether {@link #tree} costs nothing: it is parsed already, or must not be parsed here. */
  public boolean isOpened() {
    return tree != null || hasNoTree || isLarge();
  }

  private boolean isLarge() {
    return scanner.length() > MAX_BYTES_ON_LOOP || scanner.values() > MAX_VALUES_ON_LOOP;
  }

  /**
   * Whether its tree must be parsed in advance, off the event loop. Audio is never parsed, however
   * long.
   */
  public boolean isHeavy() {
    return message != null
        && message.isText()
        && isLarge()
        && !isSpeech(scanner.type())
        && !scanner.fault().leavesNoTree();
  }

  private static boolean isSpeech(EventType type) {
    return switch (type) {
      case INPUT_AUDIO_BUFFER_APPEND,
          SESSION_INPUT_AUDIO_BUFFER_APPEND,
          SESSION_INPUT_AUDIO_APPEND,
          SESSION_OUTPUT_AUDIO_DELTA,
          RESPONSE_OUTPUT_AUDIO_DELTA,
          RESPONSE_AUDIO_DELTA ->
          true;
      default -> false;
    };
  }

  /** Whether its {@link #payload} is not serialized yet, and must not be on an event loop. */
  public boolean isHeavyToWrite() {
    return rewritten && text == null && length() > MAX_BYTES_ON_LOOP;
  }

  /** The message from the wire if it passes unchanged; null if not. */
  public @Nullable Message untouched() {
    return isSpliced() || rewritten ? null : message;
  }

  /**
   * Serializes to UTF-8. A lone surrogate has no UTF-8 form, and is written as the escape that it
   * was read from.
   */
  private static byte[] utf8(String json) {
    StringBuilder escaped = new StringBuilder();
    int from = 0;
    for (int lone = LoneSurrogates.indexIn(json, 0);
        lone >= 0;
        lone = LoneSurrogates.indexIn(json, from)) {
      escaped.append(json, from, lone).append("\\u").append(Integer.toHexString(json.charAt(lone)));
      from = lone + 1;
    }
    return (from == 0 ? json : escaped.append(json, from, json.length()).toString())
        .getBytes(UTF_8);
  }

  private byte[] original(int from, int to) {
    if (message != null) {
      return message.payload(from, to);
    }
    return text == null ? new byte[0] : Arrays.copyOfRange(text, from, to);
  }

  private boolean isSpliced() {
    return renamed && scanner.startOf(JsonKey.TYPE) >= 0;
  }

  private byte[] splice() {
    return ('"' + name.wireName() + '"').getBytes(UTF_8);
  }

  private int growth() {
    return isSpliced()
        ? name.wireName().length()
            + 2
            - (scanner.endOf(JsonKey.TYPE) - scanner.startOf(JsonKey.TYPE))
        : 0;
  }
}
