package io.donna.gateway.realtime;

import io.donna.gateway.websocket.Masks;
import io.donna.gateway.websocket.PayloadInspector;
import io.donna.gateway.websocket.Utf8Decoder;
import io.netty.buffer.ByteBuf;

/**
 * Reads a text message once, mask on, as it arrives, by the whole grammar of JSON (RFC 8259): what
 * its {@code type} says, where each top-level value lies, and whether there is anything about it
 * that another parser could read otherwise. Allocates nothing. Confined to the event loop of its
 * leg.
 *
 * <p>What is wrong is a {@link Fault}, not a violation of the protocol: who asks decides what
 * becomes of the message. Only bytes that are no UTF-8 end the connection.
 *
 * <p>Strict about the top level, whose keys say what an event is: no key twice, none escaped, none
 * that another spelling could stand for (a parser in Go takes {@code Type} for {@code type}). Keys
 * below it are for who reads the tree ({@link Event#tree()}). What a tree may cost is bounded here,
 * before there is one: the values that it has, what stands outside of strings, and the names.
 */
public final class StrictScanner implements PayloadInspector {
  /** Objects and lists in each other, the message itself counted. */
  static final int MAX_DEPTH = Long.SIZE;

  /**
   * Objects, lists, strings, numbers and literals at any depth, the message itself counted. Each is
   * some 50 to 100 bytes of a tree, so no tree of a message takes more than 2 MB beside its
   * strings. 200 tools with a schema of 30 properties each have 13,000.
   */
  public static final int MAX_VALUES = 20_000;

  /** Bytes outside of strings: punctuation, numbers, literals and space. */
  public static final int MAX_BYTES_OUTSIDE_STRINGS = 256 * 1024;

  /**
   * Bytes of names, at any depth and without their quotes. A parser keeps every name of a message,
   * and looks each one up among them: 19,000 long ones take seconds.
   */
  public static final int MAX_BYTES_OF_NAMES = 256 * 1024;

  /** What may come next. */
  private enum Place {
    VALUE,
    FIRST_VALUE,
    KEY,
    FIRST_KEY,
    COLON,
    COMMA,
    LITERAL,
    MINUS,
    ZERO,
    DIGITS,
    POINT,
    DECIMALS,
    EXPONENT,
    EXPONENT_SIGN,
    EXPONENT_DIGITS,
    END,
    NOTHING
  }

  private enum Content {
    ANY,
    KEY,
    TYPE
  }

  private static final byte[][] LITERALS = {
    {'t', 'r', 'u', 'e'}, {'f', 'a', 'l', 's', 'e'}, {'n', 'u', 'l', 'l'}
  };

  private final Utf8Decoder utf8 = new Utf8Decoder();
  private final ShortJsonString word = new ShortJsonString();

  private Fault fault = Fault.NONE;
  private Place place = Place.VALUE;

  /** Of the payload: how much of it has been read, and the byte that is being read. */
  private int consumed;

  private int position;

  private int depth;
  private int values;
  private int outsideStrings;
  private int ofNames;

  /** Where the name that is being read begins. */
  private int nameStart;

  /** A bit for each level: whether it is an object. */
  private long objects;

  private byte[] literal = LITERALS[0];
  private int literalLength;

  private boolean inString;
  private Content content = Content.ANY;
  private boolean escaped;
  private int hexDigitsLeft;
  private int codeUnit;
  private boolean awaitsLowSurrogate;

  private long keyHead;
  private long keyTail;
  private int keyLength;

  private final TopLevelKeys keys = new TopLevelKeys();

  private boolean hasType;
  private EventType type = EventType.UNKNOWN;

  /** What is wrong with the message that ended last. */
  public Fault fault() {
    return fault;
  }

  /** What the message that ended last says it is, as far as it could be read. */
  public EventType type() {
    return type;
  }

  /** Its payload's length in bytes. */
  public int length() {
    return consumed;
  }

  /** How many values it holds, itself counted, as far as it could be read. */
  int values() {
    return values;
  }

  /** How many of its bytes stand outside of strings, opening quotes among them. */
  int bytesOutsideStrings() {
    return outsideStrings;
  }

  /** How many of its bytes are names. */
  int bytesOfNames() {
    return ofNames;
  }

  /** Where in the payload the value of a top-level key begins; -1 where there is none. */
  public int startOf(Key key) {
    return keys.startOf(key);
  }

  /** Where it ends; -1 where there is none. */
  public int endOf(Key key) {
    return keys.endOf(key);
  }

  /** Whether the value of a top-level key is a string. */
  boolean isString(Key key) {
    return keys.isString(key);
  }

  @Override
  public void begin() {
    utf8.reset();
    word.clear();
    fault = Fault.NONE;
    place = Place.VALUE;
    consumed = 0;
    depth = 0;
    values = 0;
    outsideStrings = 0;
    ofNames = 0;
    objects = 0;
    inString = false;
    content = Content.ANY;
    escaped = false;
    hexDigitsLeft = 0;
    awaitsLowSurrogate = false;
    keys.clear();
    hasType = false;
    type = EventType.UNKNOWN;
  }

  @Override
  public boolean inspect(ByteBuf in, int from, int to, int mask) {
    int offset = consumed - from;
    int at = from;
    int key = mask;
    long wide = Masks.widen(mask);
    while (at < to) {
      if (isInPlainString()) {
        at = Skim.plainString(in, at, to, wide);
      } else if (place == Place.NOTHING && utf8.atBoundary()) {
        at = Skim.ascii(in, at, to, wide);
      }
      // Then up to 8 one by one. A multiple of 4 leaves the mask as it stands.
      int end = Math.min(at + 8, to);
      for (; at < end; at++, key = Integer.rotateLeft(key, 8)) {
        int octet = (in.getByte(at) ^ (key >>> 24)) & 0xFF;
        if (!utf8.accept(octet)) {
          return false;
        }
        position = at + offset;
        accept(octet);
      }
    }
    consumed = to + offset;
    return true;
  }

  @Override
  public boolean end() {
    if (place == Place.END) {
      if (!hasType) {
        note(Fault.NO_TYPE);
      }
    } else if (place != Place.NOTHING) {
      fail(Fault.NOT_JSON);
    }
    return utf8.atBoundary();
  }

  /** Inside a string of which nothing is kept, such as audio, and not inside an escape of it. */
  private boolean isInPlainString() {
    return inString
        && content == Content.ANY
        && !escaped
        && hexDigitsLeft == 0
        && !awaitsLowSurrogate
        && utf8.atBoundary();
  }

  /** Of several such things, the first counts; half a character, which some let pass, the least. */
  private void note(Fault found) {
    if (fault == Fault.NONE || fault == Fault.LONE_SURROGATE) {
      fault = found;
    }
  }

  /** Nothing that follows can be made sense of; this is what is wrong. */
  private void fail(Fault found) {
    fault = found;
    place = Place.NOTHING;
    inString = false;
  }

  private void accept(int octet) {
    if (inString) {
      acceptInString(octet);
      return;
    }
    if (++outsideStrings > MAX_BYTES_OUTSIDE_STRINGS && place != Place.NOTHING) {
      fail(Fault.TOO_MUCH_STRUCTURE);
    }
    if (octet != ' ' && octet != '\n' && octet != '\r' && octet != '\t') {
      acceptOutside(octet);
    } else if (place.compareTo(Place.LITERAL) >= 0 && place.compareTo(Place.END) < 0) {
      endScalar();
    }
  }

  private void acceptOutside(int octet) {
    switch (place) {
      case VALUE -> beginValue(octet);
      case FIRST_VALUE -> {
        if (octet == ']') {
          close(false);
        } else {
          beginValue(octet);
        }
      }
      case FIRST_KEY -> {
        if (octet == '}') {
          close(true);
        } else {
          beginKey(octet);
        }
      }
      case KEY -> beginKey(octet);
      case COLON -> {
        if (octet == ':') {
          place = Place.VALUE;
        } else {
          fail(Fault.NOT_JSON);
        }
      }
      case COMMA -> acceptBehindValue(octet);
      case LITERAL -> {
        if (literalLength < literal.length && literal[literalLength] == octet) {
          literalLength++;
        } else {
          endScalar();
          acceptBehindScalar(octet);
        }
      }
      case MINUS ->
          follow(octet == '0' ? Place.ZERO : isDigit(octet) ? Place.DIGITS : Place.NOTHING);
      case ZERO, DIGITS -> {
        if (place == Place.DIGITS && isDigit(octet)) {
          return;
        }
        if (octet == '.') {
          place = Place.POINT;
        } else if (octet == 'e' || octet == 'E') {
          place = Place.EXPONENT;
        } else {
          endScalar();
          acceptBehindScalar(octet);
        }
      }
      case POINT -> follow(isDigit(octet) ? Place.DECIMALS : Place.NOTHING);
      case DECIMALS -> {
        if (octet == 'e' || octet == 'E') {
          place = Place.EXPONENT;
        } else if (!isDigit(octet)) {
          endScalar();
          acceptBehindScalar(octet);
        }
      }
      case EXPONENT ->
          follow(
              octet == '+' || octet == '-'
                  ? Place.EXPONENT_SIGN
                  : isDigit(octet) ? Place.EXPONENT_DIGITS : Place.NOTHING);
      case EXPONENT_SIGN -> follow(isDigit(octet) ? Place.EXPONENT_DIGITS : Place.NOTHING);
      case EXPONENT_DIGITS -> {
        if (!isDigit(octet)) {
          endScalar();
          acceptBehindScalar(octet);
        }
      }
      case END -> fail(Fault.TRAILING_DATA);
      case NOTHING -> {}
    }
  }

  private void follow(Place next) {
    if (next == Place.NOTHING) {
      fail(Fault.NOT_JSON);
    } else {
      place = next;
    }
  }

  private static boolean isDigit(int octet) {
    return octet >= '0' && octet <= '9';
  }

  private void beginValue(int octet) {
    if (depth == 0 && octet != '{') {
      fail(Fault.NOT_AN_OBJECT);
      return;
    }
    if (++values > MAX_VALUES) {
      fail(Fault.TOO_MANY_VALUES);
      return;
    }
    boolean ofTopLevel = depth == 1 && isObject();
    if (ofTopLevel && !keys.isEmpty()) {
      keys.beginValue(position, octet == '"');
    }
    switch (octet) {
      case '"' ->
          beginString(
              ofTopLevel && keys.isLast(Key.TYPE) ? Content.TYPE : Content.ANY, Place.COMMA);
      case '{' -> open(true);
      case '[' -> open(false);
      case 't' -> beginLiteral(0);
      case 'f' -> beginLiteral(1);
      case 'n' -> beginLiteral(2);
      case '-' -> place = Place.MINUS;
      case '0' -> place = Place.ZERO;
      default -> follow(isDigit(octet) ? Place.DIGITS : Place.NOTHING);
    }
  }

  private void beginLiteral(int which) {
    literal = LITERALS[which];
    literalLength = 1;
    place = Place.LITERAL;
  }

  /** A number or a literal is over, at the byte behind it. */
  private void endScalar() {
    boolean whole =
        switch (place) {
          case LITERAL -> literalLength == literal.length;
          case ZERO, DIGITS, DECIMALS, EXPONENT_DIGITS -> true;
          default -> false;
        };
    if (whole) {
      endValue(position);
    } else {
      fail(Fault.NOT_JSON);
    }
  }

  private void acceptBehindScalar(int octet) {
    if (place != Place.NOTHING) {
      acceptBehindValue(octet);
    }
  }

  private void acceptBehindValue(int octet) {
    switch (octet) {
      case ',' -> place = isObject() ? Place.KEY : Place.VALUE;
      case '}' -> close(true);
      case ']' -> close(false);
      default -> fail(Fault.NOT_JSON);
    }
  }

  private boolean isObject() {
    return (objects >>> (depth - 1) & 1) != 0;
  }

  private void open(boolean object) {
    if (depth == MAX_DEPTH) {
      fail(Fault.TOO_DEEP);
      return;
    }
    long bit = 1L << depth++;
    objects = object ? objects | bit : objects & ~bit;
    place = object ? Place.FIRST_KEY : Place.FIRST_VALUE;
  }

  private void close(boolean object) {
    if (isObject() != object) {
      fail(Fault.NOT_JSON);
      return;
    }
    depth--;
    endValue(position + 1);
  }

  private void endValue(int end) {
    if (depth == 0) {
      place = Place.END;
      return;
    }
    place = Place.COMMA;
    if (depth == 1 && isObject() && !keys.isEmpty()) {
      keys.endValue(end);
    }
  }

  private void beginKey(int octet) {
    if (octet == '"') {
      nameStart = position + 1;
      keyHead = 0;
      keyTail = 0;
      keyLength = 0;
      beginString(depth == 1 ? Content.KEY : Content.ANY, Place.COLON);
    } else {
      fail(Fault.NOT_JSON);
    }
  }

  private void beginString(Content kind, Place behindIt) {
    inString = true;
    content = kind;
    place = behindIt;
    word.clear();
  }

  private void acceptInString(int octet) {
    if (hexDigitsLeft > 0) {
      int digit = Character.digit(octet, 16);
      if (digit < 0) {
        fail(Fault.NOT_JSON);
        return;
      }
      codeUnit = codeUnit << 4 | digit;
      if (--hexDigitsLeft == 0) {
        acceptEscaped(codeUnit);
      }
    } else if (escaped) {
      escaped = false;
      switch (octet) {
        case 'u' -> {
          hexDigitsLeft = 4;
          codeUnit = 0;
        }
        case '"', '\\', '/' -> acceptEscaped(octet);
        case 'b', 'f', 'n', 'r', 't' -> acceptEscaped('\n'); // in no word of ours, whichever
        default -> fail(Fault.NOT_JSON);
      }
    } else if (octet == '\\') {
      escaped = true;
    } else if (octet < ' ') {
      fail(Fault.NOT_JSON);
    } else {
      if (awaitsLowSurrogate) {
        awaitsLowSurrogate = false;
        note(Fault.LONE_SURROGATE);
      }
      if (octet == '"') {
        endString();
      } else {
        keep(octet);
      }
    }
  }

  private void acceptEscaped(int unit) {
    boolean low = unit >= Character.MIN_LOW_SURROGATE && unit <= Character.MAX_LOW_SURROGATE;
    if (low != awaitsLowSurrogate) {
      note(Fault.LONE_SURROGATE);
    }
    awaitsLowSurrogate =
        unit >= Character.MIN_HIGH_SURROGATE && unit <= Character.MAX_HIGH_SURROGATE;
    if (content == Content.KEY) {
      note(Fault.UNPLAIN_KEY);
    }
    keep(unit);
  }

  private void keep(int character) {
    switch (content) {
      case ANY -> {}
      case TYPE -> word.append(character);
      case KEY -> {
        boolean plain =
            (character >= 'a' && character <= 'z') || isDigit(character) || character == '_';
        if (!plain) {
          note(Fault.UNPLAIN_KEY);
        }
        int octet = Math.min(character, 0xFF);
        if (keyLength < Long.BYTES) {
          keyHead = keyHead << 8 | octet;
        } else {
          keyTail = Key.extend(keyTail, keyLength, octet);
        }
        keyLength++;
      }
    }
  }

  private void endString() {
    inString = false;
    switch (content) {
      case ANY -> {
        if (place == Place.COMMA) {
          endValue(position + 1);
        }
      }
      case TYPE -> {
        type = EventType.named(word);
        hasType = true;
        endValue(position + 1);
      }
      case KEY -> endKey();
    }
    content = Content.ANY;
    if (place == Place.COLON) {
      ofNames += position - nameStart;
      if (ofNames > MAX_BYTES_OF_NAMES) {
        fail(Fault.TOO_MUCH_STRUCTURE);
      }
    }
  }

  private void endKey() {
    if (keys.contains(keyHead, keyTail, keyLength)) {
      note(Fault.DUPLICATE_KEY);
    }
    if (keys.isFull()) {
      note(Fault.TOO_MANY_KEYS); // of what is refused, any will do
    }
    keys.add(keyHead, keyTail, keyLength);
  }
}
