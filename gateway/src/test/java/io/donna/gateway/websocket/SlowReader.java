package io.donna.gateway.websocket;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * RFC 6455, 5 to 7, word for word over bytes that all lie there, by copies and the JDK's own
 * decoder: what the parser must agree with, and shares no code with.
 */
public final class SlowReader {
  /**
   * What was heard.
   *
   * @param messages each with its payload and the bytes of its frames
   * @param ending {@code closed} with code and reason, {@code failed} with the code that says why,
   *     or nothing where the talk goes on
   */
  public record Outcome(
      List<String> messages, List<String> pings, List<String> pongs, String ending) {}

  private static final BigInteger ABOVE_16_BITS = BigInteger.valueOf(65_536);
  private static final BigInteger ABOVE_7_BITS = BigInteger.valueOf(126);

  private final boolean masked;
  private final int limit;
  private final byte[] wire;
  private int at;

  private boolean inMessage;
  private boolean text;
  private boolean fragmented;
  private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
  private final ByteArrayOutputStream frames = new ByteArrayOutputStream();

  private final List<String> messages = new ArrayList<>();
  private final List<String> pings = new ArrayList<>();
  private final List<String> pongs = new ArrayList<>();
  private String ending = "";

  private SlowReader(boolean masked, int limit, byte[] wire) {
    this.masked = masked;
    this.limit = limit;
    this.wire = wire;
  }

  /** What an end of {@code role} hears in {@code wire}. */
  public static Outcome read(Role role, int limit, byte[] wire) {
    SlowReader reader = new SlowReader(role == Role.SERVER, limit, wire);
    while (reader.ending.isEmpty() && reader.readFrame()) {}
    return new Outcome(reader.messages, reader.pings, reader.pongs, reader.ending);
  }

  static String message(boolean text, byte[] payload, byte[] frames) {
    return (text ? "text " : "binary ") + hex(payload) + " in " + hex(frames);
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** Reads a frame; false where its rest is missing or it ends the talk. */
  private boolean readFrame() {
    int there = wire.length - at;
    if (there < 2) {
      return false;
    }
    boolean fin = (wire[at] & 0x80) != 0;
    int opcode = wire[at] & 0x0F;
    boolean control = opcode >= 8;
    int code = wire[at + 1] & 0x7F;
    if ((wire[at] & 0x70) != 0
        || !Set.of(0, 1, 2, 8, 9, 10).contains(opcode)
        || ((wire[at + 1] & 0x80) != 0) != masked
        || (control && !fin)
        || (control && code > 125)
        || (!control && inMessage != (opcode == 0))) {
      return fail(CloseReason.PROTOCOL_ERROR);
    }
    int extended = code == 126 ? 2 : code == 127 ? 8 : 0;
    if (there < 2 + extended) {
      return false;
    }
    BigInteger length =
        extended == 0
            ? BigInteger.valueOf(code)
            : new BigInteger(1, Arrays.copyOfRange(wire, at + 2, at + 2 + extended));
    if (length.bitLength() > 63
        || (extended == 2 && length.compareTo(ABOVE_7_BITS) < 0)
        || (extended == 8 && length.compareTo(ABOVE_16_BITS) < 0)) {
      return fail(CloseReason.PROTOCOL_ERROR);
    }
    int before = opcode == 0 ? payload.size() : 0;
    if (!control
        && length.add(BigInteger.valueOf(before)).compareTo(BigInteger.valueOf(limit)) > 0) {
      return fail(CloseReason.TOO_BIG);
    }
    int header = 2 + extended + (masked ? 4 : 0);
    if (there < header) {
      return false;
    }
    int end = (int) Math.min(wire.length, (long) at + header + length.intValueExact());
    byte[] arrived = Arrays.copyOfRange(wire, at + header, end);
    for (int i = 0; masked && i < arrived.length; i++) {
      arrived[i] ^= wire[at + header - 4 + i % 4];
    }
    boolean whole = arrived.length == length.intValueExact();
    byte[] frame = Arrays.copyOfRange(wire, at, end);
    at = end;
    return control
        ? whole && onControl(opcode, arrived)
        : onData(opcode, fin && whole, whole, arrived, frame);
  }

  private boolean onData(int opcode, boolean last, boolean whole, byte[] arrived, byte[] frame) {
    if (opcode != 0) {
      inMessage = true;
      text = opcode == 1;
      fragmented = !last;
      payload.reset();
      frames.reset();
    }
    payload.writeBytes(arrived);
    frames.writeBytes(frame);
    if (text && !(last ? isUtf8(payload.toByteArray()) : mayBecomeUtf8(payload.toByteArray()))) {
      return fail(CloseReason.INVALID_DATA);
    }
    if (!whole) {
      return false;
    }
    // A limit of our own: of a message in fragments, the headers count as well.
    if (fragmented && frames.size() > limit + limit / 16 + 1024) {
      return fail(CloseReason.TOO_BIG);
    }
    if (last) {
      inMessage = false;
      messages.add(message(text, payload.toByteArray(), frames.toByteArray()));
    }
    return true;
  }

  private boolean onControl(int opcode, byte[] content) {
    switch (opcode) {
      case 9 -> pings.add(hex(content));
      case 10 -> pongs.add(hex(content));
      default -> {
        return onClose(content);
      }
    }
    return true;
  }

  private boolean onClose(byte[] content) {
    if (content.length == 0) {
      ending = "closed 1005 ";
      return false;
    }
    if (content.length == 1) {
      return fail(CloseReason.PROTOCOL_ERROR);
    }
    int code = ByteBuffer.wrap(content).getShort() & 0xFFFF;
    boolean registered = code >= 1000 && code <= 1014 && !Set.of(1004, 1005, 1006).contains(code);
    if (!registered && (code < 3000 || code > 4999)) {
      return fail(CloseReason.PROTOCOL_ERROR);
    }
    byte[] reason = Arrays.copyOfRange(content, 2, content.length);
    if (!isUtf8(reason)) {
      return fail(CloseReason.INVALID_DATA);
    }
    ending = "closed " + code + " " + new String(reason, StandardCharsets.UTF_8);
    return false;
  }

  private boolean fail(int code) {
    ending = "failed " + code;
    return false;
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException malformed) {
      return false;
    }
  }

  /** Whether there is a way to go on: behind any legal beginning, one of these is. */
  private static boolean mayBecomeUtf8(byte[] bytes) {
    return Stream.of("", "80", "8080", "808080", "a080", "908080")
        .map(HexFormat.of()::parseHex)
        .anyMatch(rest -> {
          byte[] whole = Arrays.copyOf(bytes, bytes.length + rest.length);
          System.arraycopy(rest, 0, whole, bytes.length, rest.length);
          return isUtf8(whole);
        });
  }
}
