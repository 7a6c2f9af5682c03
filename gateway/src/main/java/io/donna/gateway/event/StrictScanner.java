package io.donna.gateway.event;

import io.donna.gateway.websocket.Masks;
import io.donna.gateway.websocket.PayloadInspector;
import io.donna.gateway.websocket.Utf8Decoder;
import io.netty.buffer.ByteBuf;

/**
 * Scans a text message in one pass as it arrives, still masked, by the full JSON grammar (RFC
 * 8259). Finds its {@code type}, the position of each top-level value, and anything that another
 * parser could read differently. Allocates nothing. Confined to the event loop of its leg.
 *
 * <p>An error is a {@link Fault}, not a protocol violation: the caller decides about the message.
 * Only invalid UTF-8 closes the connection.
 *
 * <p>Strict about the top level, whose keys identify an event: no duplicate key, no escaped key, no
 * key that a parser could take for another (a parser in Go takes {@code Type} for {@code type}).
 * Deeper keys are checked when the tree is parsed ({@link Event#tree()}). The cost of a tree is
 * bounded here, before there is one: its values, the bytes outside strings, and the names.
 */
public final class StrictScanner implements PayloadInspector {
  /** Nesting depth of objects and arrays, including the message itself. */
  static final int MAX_DEPTH = Long.SIZE;

  /**
   * Objects, arrays, strings, numbers and literals at any depth, including the message itself. Each
   * takes some 50 to 100 bytes in a tree, so no tree of a message takes more than 2 MB beside its
   * strings. 200 tools with a schema of 30 properties each have 13,000.
   */
  public static final int MAX_VALUES = 20_000;

  /** Bytes outside strings: punctuation, numbers, literals and white space. */
  public static final int MAX_BYTES_OUTSIDE_STRINGS = 256 * 1024;

  /**
   * Bytes of names, at any depth and without quotes. A parser keeps every name of a message and
   * looks each one up among them: 19,000 long names take seconds.
   */
  public static final int MAX_BYTES_OF_NAMES = 256 * 1024;

  /** The grammar's states: what may come next. */
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
  private final ShortJsonString typeName = new ShortJsonString();

  private Fault fault = Fault.NONE;
  private Place place = Place.VALUE;

  /** Payload bytes read so far, and the index of the byte being read. */
  private int consumed;

  private int position;

  private int depth;
  private int values;
  private int outsideBytes;
  private int nameBytes;

  /** The index at which the current name begins. */
  private int nameStart;

  /** A bit for each nesting level: whether it is an object. */
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

  /** The fault of the last complete message. */
  public Fault fault() {
    return fault;
  }

  /** The type of the last complete message, as far as it could be read. */
  public EventType type() {
    return type;
  }

  /** Its payload's length in bytes. */
  public int length() {
    return consumed;
  }

  /** The number of values in it, including itself, as far as it could be read. */
  int values() {
    return values;
  }

  /** The number of bytes outside strings, including opening quotes. */
  int bytesOutsideStrings() {
    return outsideBytes;
  }

  /** The number of bytes in names. */
  int bytesOfNames() {
    return nameBytes;
  }

  /** The payload index at which the value of a top-level key begins; -1 if there is none. */
  public int startOf(JsonKey key) {
    return keys.startOf(key);
  }

  /** The payload index at which it ends; -1 if there is none. */
  public int endOf(JsonKey key) {
    return keys.endOf(key);
  }

  /** Whether the value of a top-level key is a string. */
  boolean isString(JsonKey key) {
    return keys.isString(key);
  }

  @Override
  public void begin() {
    utf8.reset();
    typeName.clear();
    fault = Fault.NONE;
    place = Place.VALUE;
    consumed = 0;
    depth = 0;
    values = 0;
    outsideBytes = 0;
    nameBytes = 0;
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
      // Then up to 8 bytes one by one. A multiple of 4 leaves the mask's phase unchanged.
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

  /**
   * Whether the scanner is inside a string that is not captured, such as audio, and outside an
   * escape.
   */
  private boolean isInPlainString() {
    return inString
        && content == Content.ANY
        && !escaped
        && hexDigitsLeft == 0
        && !awaitsLowSurrogate
        && utf8.atBoundary();
  }

  /**
   * Records a fault. The first one counts, except that any other replaces a lone surrogate, which
   * some callers allow.
   */
  private void note(Fault found) {
    if (fault == Fault.NONE || fault == Fault.LONE_SURROGATE) {
      fault = found;
    }
  }

  /** Stops scanning with this fault: the rest cannot be read. */
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
    if (++outsideBytes > MAX_BYTES_OUTSIDE_STRINGS && place != Place.NOTHING) {
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
              ofTopLevel && keys.isLast(JsonKey.TYPE) ? Content.TYPE : Content.ANY, Place.COMMA);
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

  /** Ends a number or a literal, at the byte after it. */
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
    typeName.clear();
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
        case 'b', 'f', 'n', 'r', 't' -> acceptEscaped('\n'); // none of these is in a known name
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
      case TYPE -> typeName.append(character);
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
          keyTail = JsonKey.extend(keyTail, keyLength, octet);
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
        type = EventType.named(typeName);
        hasType = true;
        endValue(position + 1);
      }
      case KEY -> endKey();
    }
    content = Content.ANY;
    if (place == Place.COLON) {
      nameBytes += position - nameStart;
      if (nameBytes > MAX_BYTES_OF_NAMES) {
        fail(Fault.TOO_MUCH_STRUCTURE);
      }
    }
  }

  private void endKey() {
    if (keys.contains(keyHead, keyTail, keyLength)) {
      note(Fault.DUPLICATE_KEY);
    }
    if (keys.isFull()) {
      note(Fault.TOO_MANY_KEYS); // the message is refused, so any key may be replaced
    }
    keys.add(keyHead, keyTail, keyLength);
  }
}
