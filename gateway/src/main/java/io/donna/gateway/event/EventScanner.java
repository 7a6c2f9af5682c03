package io.donna.gateway.event;

import io.donna.gateway.websocket.Masks;
import io.donna.gateway.websocket.PayloadInspector;
import io.donna.gateway.websocket.Utf8Decoder;
import io.netty.buffer.ByteBuf;

/**
 * Scans a text message in one pass, still masked, for its top-level {@code type}, wherever it
 * stands, however it is escaped, and even if it occurs twice. Validates UTF-8 on the way. Allocates
 * nothing. Confined to the event loop of its leg.
 *
 * <p>Distinguishes gateway commands from all other messages, erring on the safe side: it may report
 * a command in a message that is not JSON, but never misses one.
 */
public final class EventScanner implements PayloadInspector {
  private final Utf8Decoder utf8 = new Utf8Decoder();
  private final ShortJsonString string = new ShortJsonString();

  private int depth;
  private boolean inObject;
  private boolean inString;
  private boolean atKey;
  private boolean keyIsType;
  private boolean capturing;
  private GatewayCommand command = GatewayCommand.NONE;
  private EventType type = EventType.UNKNOWN;
  private boolean shapesSession;

  /**
   * The last complete message's type, the last of several: good for figures, not for decisions, as
   * the message need not be JSON.
   */
  public EventType type() {
    return type;
  }

  /** The gateway command in the last complete message. */
  public GatewayCommand command() {
    return command;
  }

  /**
   * Whether that message sets up the session or asks for a response: events that show a client's
   * dialect.
   */
  public boolean shapesSession() {
    return shapesSession;
  }

  @Override
  public void begin() {
    utf8.reset();
    string.clear();
    depth = 0;
    inObject = false;
    inString = false;
    atKey = false;
    keyIsType = false;
    capturing = false;
    command = GatewayCommand.NONE;
    type = EventType.UNKNOWN;
    shapesSession = false;
  }

  @Override
  public boolean inspect(ByteBuf in, int from, int to, int mask) {
    int at = from;
    int key = mask;
    long wide = Masks.widen(mask);
    while (at < to) {
      if (inString && !capturing && !string.inEscape() && utf8.atBoundary()) {
        // A string that is not captured, such as audio.
        at = Skim.plainString(in, at, to, wide);
      }
      // Then up to 8 bytes one by one. A multiple of 4 leaves the mask's phase unchanged.
      int end = Math.min(at + 8, to);
      for (; at < end; at++, key = Integer.rotateLeft(key, 8)) {
        if (!accept(in.getByte(at) ^ (key >>> 24))) {
          return false;
        }
      }
    }
    return true;
  }

  @Override
  public boolean end() {
    return utf8.atBoundary();
  }

  private boolean accept(int value) {
    int octet = value & 0xFF;
    if (!utf8.accept(octet)) {
      return false;
    }
    if (inString) {
      acceptInString(octet);
    } else {
      acceptOutside(octet);
    }
    return true;
  }

  private void acceptInString(int octet) {
    if (string.accept(octet, capturing)) {
      return;
    }
    inString = false;
    if (!capturing) {
      return;
    }
    capturing = false;
    if (atKey) {
      keyIsType = string.is("type");
    } else {
      type = EventType.named(string);
      switch (type) {
        case AUTHENTICATE -> command = GatewayCommand.AUTHENTICATE;
        case CONNECT_REALTIME -> command = GatewayCommand.CONNECT_REALTIME;
        case SESSION_UPDATE, RESPONSE_CREATE, TRANSCRIPTION_SESSION_UPDATE -> shapesSession = true;
        default -> {}
      }
    }
  }

  private void acceptOutside(int octet) {
    switch (octet) {
      case '"' -> {
        inString = true;
        capturing = depth == 1 && inObject && (atKey || keyIsType);
        string.clear();
      }
      case '{', '[' -> {
        if (depth++ == 0) {
          inObject = octet == '{';
          atKey = true;
        }
      }
      case '}', ']' -> depth--;
      case ',' -> {
        if (depth == 1) {
          atKey = true;
          keyIsType = false;
        }
      }
      case ':' -> {
        if (depth == 1) {
          atKey = false;
        }
      }
      default -> {}
    }
  }
}
