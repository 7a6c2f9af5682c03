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
 * during the call that hands it over; or a text of the gateway's own. What a look costs: the type
 * and where a value lies nothing, they were found while the message arrived; its bytes a copy; its
 * tree a parse.
 */
public final class Event {
  /** What {@link #string} takes at most, in bytes: ids and names, not audio. */
  private static final int LONGEST_STRING = 1_024;

  private final StrictScanner scanner;
  private @Nullable Message message;
  private byte[] text = {};
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

  /** As {@link #of(String)}, of its UTF-8, or of a message's payload that outlives its call. */
  public static Event of(byte[] text) {
    Event event = new Event(new StrictScanner());
    event.text = text;
    event.scanner.begin();
    event.scanner.inspect(Unpooled.wrappedBuffer(event.text), 0, event.text.length, 0);
    event.scanner.end();
    return event;
  }

  /** Looks at the message whose end the leg has just read. */
  public Event pointAt(Message current) {
    message = current;
    renamed = false;
    return this;
  }

  /** Whether it is a text of the gateway's own. */
  public boolean isOwn() {
    return message == null;
  }

  public boolean isText() {
    return message == null || message.isText();
  }

  /** What is wrong with it as JSON. */
  public Fault fault() {
    return isText() ? scanner.fault() : Fault.NONE;
  }

  public EventType type() {
    if (renamed) {
      return name;
    }
    return isText() ? scanner.type() : EventType.UNKNOWN;
  }

  /** Gives it another type; every other byte stays as it came. Parses and copies nothing. */
  public void rename(EventType type) {
    name = type;
    renamed = true;
  }

  /** The payload's length in bytes. */
  public int length() {
    return scanner.length() + growth();
  }

  /**
   * The length in bytes of a top-level string, its quotes not counted: of audio in base64, four for
   * three of sound. -1 where there is no such string.
   */
  public int lengthOfString(Key key) {
    int start = scanner.startOf(key);
    return start >= 0 && scanner.isString(key) ? scanner.endOf(key) - start - 2 : -1;
  }

  /** Whether it has this key at its top level. */
  public boolean has(Key key) {
    return scanner.startOf(key) >= 0;
  }

  /** A short top-level string; empty where there is none, or something else. */
  public Optional<String> string(Key key) {
    int length = lengthOfString(key);
    if (length < 0 || length > LONGEST_STRING) {
      return Optional.empty();
    }
    JsonNode value = Json.USUAL.read(original(scanner.startOf(key), scanner.endOf(key)));
    return value.isString() ? Optional.of(value.asString()) : Optional.empty();
  }

  /** Its bytes, in memory of their own. */
  public byte[] payload() {
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

  /** As a tree of its own, every key once; empty where it is none. */
  public Optional<ObjectNode> tree() {
    return Json.USUAL.read(payload()) instanceof ObjectNode object
        ? Optional.of(object)
        : Optional.empty();
  }

  /** The bytes on the wire, where it goes on as it came; null where it does not. */
  public @Nullable Message untouched() {
    return isSpliced() ? null : message;
  }

  private byte[] original(int from, int to) {
    return message == null ? Arrays.copyOfRange(text, from, to) : message.payload(from, to);
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
