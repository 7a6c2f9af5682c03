package io.donna.gateway.realtime;

import io.donna.gateway.websocket.Masks;
import io.donna.gateway.websocket.PayloadInspector;
import io.donna.gateway.websocket.Utf8Decoder;
import io.netty.buffer.ByteBuf;

/**
 * Reads a text message once, mask on, and finds what its top-level {@code type} says, wherever it
 * stands, however it is escaped, and if it is there twice. Checks UTF-8 on the way. Allocates
 * nothing. Confined to the event loop of its leg.
 *
 * <p>It tells the gateway's own messages from all others, and does so on the safe side: in a
 * message that is not JSON at all it may see a command, never the other way round.
 */
public final class EventScanner implements PayloadInspector {
  private final Utf8Decoder utf8 = new Utf8Decoder();
  private final ShortJsonString word = new ShortJsonString();

  private int depth;
  private boolean inObject;
  private boolean inString;
  private boolean atKey;
  private boolean keyIsType;
  private boolean capturing;
  private GatewayCommand command = GatewayCommand.NONE;
  private boolean shapesSession;

  /** What the message that ended last asks of the gateway itself. */
  public GatewayCommand command() {
    return command;
  }

  /** Whether it sets the session or asks for a response: events that show a client's dialect. */
  public boolean shapesSession() {
    return shapesSession;
  }

  @Override
  public void begin() {
    utf8.reset();
    word.clear();
    depth = 0;
    inObject = false;
    inString = false;
    atKey = false;
    keyIsType = false;
    capturing = false;
    command = GatewayCommand.NONE;
    shapesSession = false;
  }

  @Override
  public boolean inspect(ByteBuf in, int from, int to, int mask) {
    int at = from;
    int key = mask;
    long wide = Masks.widen(mask);
    while (at < to) {
      if (inString && !capturing && !word.inEscape() && utf8.atBoundary()) {
        // A string that does not matter, such as audio.
        at = Skim.plainString(in, at, to, wide);
      }
      // Then up to 8 one by one. A multiple of 4 leaves the mask as it stands.
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
    if (word.accept(octet, capturing)) {
      return;
    }
    inString = false;
    if (!capturing) {
      return;
    }
    capturing = false;
    if (atKey) {
      keyIsType = word.is("type");
    } else {
      GatewayCommand named = GatewayCommand.named(word);
      command = named == GatewayCommand.NONE ? command : named;
      shapesSession |=
          word.is("session.update")
              || word.is("response.create")
              || word.is("transcription_session.update");
    }
  }

  private void acceptOutside(int octet) {
    switch (octet) {
      case '"' -> {
        inString = true;
        capturing = depth == 1 && inObject && (atKey || keyIsType);
        word.clear();
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
