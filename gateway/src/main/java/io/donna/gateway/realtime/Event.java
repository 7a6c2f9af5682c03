package io.donna.gateway.realtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.websocket.Message;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A message on its way through the gateway: a view of what came over the wire, one a leg, valid
 * during the call that hands it over; or an event of the gateway's own. What a look costs: the type
 * and where a value lies nothing, they were found while the message arrived; its bytes a copy; its
 * tree one parse, however many look at it.
 *
 * <p>There is one tree a message, and nobody has a copy of it. Who changes it says so by {@link
 * #rewrite}; from then on the message is what the tree says. What was read of the tree before is
 * what the tree was then, so nothing of it is kept by who passes the message on.
 *
 * <p>No tree of more than {@link #MOST_BYTES_ON_LOOP} or {@link #MOST_VALUES_ON_LOOP} is read or
 * written on an event loop: whoever hands such a message to inspectors has had its tree read before
 * ({@link #isHeavy}), and whoever sends one has it written elsewhere ({@link #isHeavyToWrite}).
 */
public final class Event {
  /** Of text, to be read or written on an event loop: some 200 µs. */
  static final int MOST_BYTES_ON_LOOP = 64 * 1024;

  /** Of values, to be read on an event loop: as long as that. */
  static final int MOST_VALUES_ON_LOOP = 4_000;

  /** What {@link #string} takes at most, in bytes: ids and names, not audio. */
  private static final int LONGEST_STRING = 1_024;

  private final StrictScanner scanner;
  private @Nullable Message message;

  /** What it says, where that is known as bytes of our own. */
  private byte @Nullable [] text;

  private @Nullable ObjectNode tree;
  private boolean hasNoTree;

  /** Whether it says what its tree says, and no longer what came. */
  private boolean rewritten;

  /** About how long it is where it is rewritten; -1 while nobody has asked. */
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

  /** As {@link #of(String)}, of its UTF-8. */
  public static Event of(byte[] text) {
    Event event = new Event(new StrictScanner());
    event.text = text;
    event.scanner.begin();
    event.scanner.inspect(Unpooled.wrappedBuffer(text), 0, text.length, 0);
    event.scanner.end();
    return event;
  }

  /** As {@link #of(String)}, of a tree, which is the event's from now on. */
  public static Event of(ObjectNode tree) {
    Event event = new Event(new StrictScanner());
    event.rewrite(tree);
    return event;
  }

  /** What {@code payload}, which is UTF-8, is as a tree; null where it is none. Of any thread. */
  public static @Nullable ObjectNode read(byte[] payload) {
    return Json.USUAL.readUtf8(payload) instanceof ObjectNode object ? object : null;
  }

  /** Looks at the message whose end the leg has just read. */
  public Event pointAt(Message current) {
    message = current;
    text = null;
    tree = null;
    hasNoTree = false;
    rewritten = false;
    renamed = false;
    return this;
  }

  /** As {@link #pointAt(Message)}, of a message whose tree has been {@link #read} already. */
  public Event pointAt(Message current, @Nullable ObjectNode read) {
    pointAt(current);
    tree = read;
    hasNoTree = read == null;
    return this;
  }

  /**
   * The same, to be looked at after the call that handed it over. The one that was handed over is
   * not to be passed on any more.
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

  /** Whether it did not come over the wire, or not as it is. */
  public boolean isOwn() {
    return message == null;
  }

  public boolean isText() {
    return message == null || message.isText();
  }

  /** What is wrong with it as JSON. */
  public Fault fault() {
    return isText() && !rewritten ? scanner.fault() : Fault.NONE;
  }

  public EventType type() {
    if (renamed || rewritten) {
      return name;
    }
    return isText() ? scanner.type() : EventType.UNKNOWN;
  }

  /** Gives it another type; every other byte stays as it came. Parses and copies nothing. */
  public void rename(EventType type) {
    name = type;
    renamed = true;
    if (tree != null && tree.has(Key.TYPE.name)) {
      tree.put(Key.TYPE.name, type.wireName());
    }
  }

  /**
   * From now on it says what {@code changed} says, which may be its own tree and is from now on.
   */
  public Event rewrite(ObjectNode changed) {
    tree = changed;
    treeSize = -1;
    hasNoTree = false;
    rewritten = true;
    text = null;
    name = EventType.named(changed.path(Key.TYPE.name).asString(""));
    return this;
  }

  /** The payload's length in bytes; of a tree that is not written yet, about that. */
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
   * The length in bytes of a top-level string, its quotes not counted: of audio in base64, four for
   * three of sound. -1 where there is no such string.
   */
  public int lengthOfString(Key key) {
    if (rewritten) {
      JsonNode value = inTree(key);
      return value != null && value.isString() ? value.asString().length() : -1;
    }
    int start = scanner.startOf(key);
    return start >= 0 && scanner.isString(key) ? scanner.endOf(key) - start - 2 : -1;
  }

  /** Whether it has this key at its top level. */
  public boolean has(Key key) {
    return rewritten ? inTree(key) != null : scanner.startOf(key) >= 0;
  }

  /** A short top-level string; empty where there is none, or something else. */
  public Optional<String> string(Key key) {
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

  private @Nullable JsonNode inTree(Key key) {
    return tree == null ? null : tree.get(key.name);
  }

  /** Its bytes, in memory of their own. */
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
    int from = scanner.startOf(Key.TYPE);
    int to = scanner.endOf(Key.TYPE);
    System.arraycopy(all, 0, spliced, 0, from);
    System.arraycopy(type, 0, spliced, from, type.length);
    System.arraycopy(all, to, spliced, from + type.length, all.length - to);
    return spliced;
  }

  /**
   * As a tree, every key once; empty where it is none, or more than a tree is made of. The same for
   * all that look at it: to be changed only by who then says {@link #rewrite}, or passes it on to
   * nobody.
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
        && !(isSpeech(type()) && scanner.length() > MOST_BYTES_ON_LOOP);
  }

  /** Whether {@link #tree} costs nothing: it has been read, or is not to be read here. */
  public boolean isOpened() {
    return tree != null || hasNoTree || isLarge();
  }

  private boolean isLarge() {
    return scanner.length() > MOST_BYTES_ON_LOOP || scanner.values() > MOST_VALUES_ON_LOOP;
  }

  /**
   * Whether its tree may be asked for, and has to be read before, elsewhere. Speech is not opened,
   * however long.
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
      case INPUT_AUDIO_BUFFER_APPEND, RESPONSE_OUTPUT_AUDIO_DELTA, RESPONSE_AUDIO_DELTA -> true;
      default -> false;
    };
  }

  /** Whether its {@link #payload} has still to be written, and not on an event loop. */
  public boolean isHeavyToWrite() {
    return rewritten && text == null && length() > MOST_BYTES_ON_LOOP;
  }

  /** The bytes on the wire, where it goes on as it came; null where it does not. */
  public @Nullable Message untouched() {
    return isSpliced() || rewritten ? null : message;
  }

  /** Half of a surrogate pair has no UTF-8: it is written as the escape that it was read from. */
  private static byte[] utf8(String json) {
    StringBuilder escaped = new StringBuilder();
    int from = 0;
    for (int i = 0; i < json.length(); i++) {
      char unit = json.charAt(i);
      if (!Character.isSurrogate(unit)) {
        continue;
      }
      if (Character.isHighSurrogate(unit)
          && i + 1 < json.length()
          && Character.isLowSurrogate(json.charAt(i + 1))) {
        i++;
      } else {
        escaped.append(json, from, i).append("\\u").append(Integer.toHexString(unit));
        from = i + 1;
      }
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
    return renamed && scanner.startOf(Key.TYPE) >= 0;
  }

  private byte[] splice() {
    return ('"' + name.wireName() + '"').getBytes(UTF_8);
  }

  private int growth() {
    return isSpliced()
        ? name.wireName().length() + 2 - (scanner.endOf(Key.TYPE) - scanner.startOf(Key.TYPE))
        : 0;
  }
}
