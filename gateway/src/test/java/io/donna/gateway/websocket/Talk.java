package io.donna.gateway.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.kit.Choices;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Frames that a peer may send, chosen one by one, and what is to be heard of them. */
public final class Talk {
  /** Room for a message whose length takes eight bytes. */
  static final int LIMIT = 66_000;

  private static final List<String> WORDS = List.of("", "a", "ä", "€", "🎤", "\0", "Grüße, 世界");
  private static final List<String> NO_UTF8 =
      List.of("ff", "80", "c0af", "e09f", "eda080", "f08f", "f490", "c361", "e28261");
  private static final List<Integer> CONTROLS = List.of(Opcode.PING, Opcode.PONG, Opcode.CLOSE);

  private final Role role;
  private final Choices choices;
  private final ByteArrayOutputStream wire = new ByteArrayOutputStream();
  private final ByteArrayOutputStream messageFrames = new ByteArrayOutputStream();
  private final List<String> messages = new ArrayList<>();
  private final List<String> pings = new ArrayList<>();
  private String ending = "";

  private boolean inside;
  private boolean text;
  private byte[] payload = {};
  private int said;
  private final ByteArrayOutputStream frames = new ByteArrayOutputStream();

  private Talk(Role role, Choices choices) {
    this.role = role;
    this.choices = choices;
  }

  /** What RFC 6455 lets the peer of {@code role} send, perhaps up to a close frame. */
  static Talk legal(Role role, Choices choices) {
    boolean closes = choices.yes();
    Talk talk = goingOn(role, choices);
    if (closes) {
      talk.close();
      talk.send(RawFrame.text("behind"));
    }
    return talk;
  }

  /** What it may send without a close frame. */
  public static Talk goingOn(Role role, Choices choices) {
    Talk talk = new Talk(role, choices);
    while (choices.hasMore()) {
      talk.sayOne();
    }
    if (talk.inside) {
      talk.goOn(true);
    }
    return talk;
  }

  /** Frames that are legal up to one that is not, which stands anywhere among them. */
  static Talk broken(Role role, Choices choices) {
    Talk talk = new Talk(role, choices);
    for (int left = choices.upTo(12); left > 0; left--) {
      talk.sayOne();
    }
    talk.ending = "failed " + talk.breakOneRule();
    talk.send(RawFrame.text("behind"));
    return talk;
  }

  public byte[] wire() {
    return wire.toByteArray();
  }

  /** The frames that a relay passes on: those of the messages. */
  public byte[] messageFrames() {
    return messageFrames.toByteArray();
  }

  /** The payloads of the pings, in hexadecimal digits. */
  public List<String> pings() {
    return pings;
  }

  SlowReader.Outcome heard() {
    return new SlowReader.Outcome(messages, pings, List.of(), ending);
  }

  private void sayOne() {
    switch (choices.upTo(5)) {
      case 0 -> {
        byte[] content = bytes(choices.upTo(125));
        pings.add(SlowReader.hex(content));
        send(RawFrame.of(Opcode.PING, content));
      }
      case 1 -> send(RawFrame.of(Opcode.PONG, bytes(choices.upTo(125))));
      default -> {
        if (inside) {
          goOn(choices.upTo(3) == 0);
        } else {
          begin(choices.yes());
        }
      }
    }
  }

  private void begin(boolean whole) {
    text = choices.yes();
    payload = text ? sentence(length()) : bytes(length());
    said = whole ? payload.length : choices.upTo(payload.length);
    frames.reset();
    inside = true;
    data(RawFrame.of(text ? Opcode.TEXT : Opcode.BINARY, Arrays.copyOf(payload, said)), whole);
  }

  private void goOn(boolean last) {
    int from = said;
    said = last ? payload.length : from + choices.upTo(payload.length - from);
    data(RawFrame.continuation(Arrays.copyOfRange(payload, from, said)), last);
  }

  private void data(RawFrame frame, boolean last) {
    frames.writeBytes(send(last ? frame : frame.unfinished()));
    if (last) {
      inside = false;
      messages.add(SlowReader.message(text, payload, frames.toByteArray()));
      messageFrames.writeBytes(frames.toByteArray());
    }
  }

  private void close() {
    if (choices.yes()) {
      send(RawFrame.close());
      ending = "closed 1005 ";
      return;
    }
    int code = choices.of(List.of(1000, 1001, 1003, 1007, 1014, 3000, 4999));
    String reason = choices.of(WORDS).repeat(choices.upTo(6));
    send(RawFrame.close(code, reason));
    ending = "closed " + code + " " + reason;
  }

  /** Breaks a rule where the talk now stands; the code that the connection must end with. */
  private int breakOneRule() {
    byte[] content = bytes(choices.upTo(125));
    RawFrame data = RawFrame.of(inside ? Opcode.CONTINUATION : Opcode.BINARY, content);
    RawFrame any = choices.yes() ? data : RawFrame.of(Opcode.PING, content);
    switch (choices.upTo(13)) {
      case 0 -> send(any.reserved((1 + choices.upTo(6)) << 4));
      case 1 -> send(RawFrame.of(choices.of(List.of(3, 4, 5, 6, 7, 11, 12, 13, 14, 15)), content));
      case 2 -> wire.writeBytes((role == Role.SERVER ? any : any.masked(choices.number())).bytes());
      case 3 -> send(RawFrame.of(choices.of(CONTROLS), content).unfinished());
      case 4 -> send(RawFrame.of(choices.of(CONTROLS), bytes(126 + choices.upTo(70_000))));
      case 5 -> send(data.lengthIn(choices.of(List.of(2, 8))));
      case 6 -> send(data.declaring(Long.MIN_VALUE | choices.number()));
      case 7 -> send(RawFrame.of(inside ? Opcode.TEXT : Opcode.CONTINUATION, content));
      case 8 -> send(RawFrame.of(Opcode.CLOSE, new byte[] {3}));
      case 9 -> {
        List<Integer> codes = List.of(0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535);
        send(RawFrame.close(choices.of(codes), ""));
      }
      case 10 -> {
        send(RawFrame.close(1000, HexFormat.of().parseHex(choices.of(NO_UTF8))));
        return CloseReason.INVALID_DATA;
      }
      case 11 -> {
        breakText();
        return CloseReason.INVALID_DATA;
      }
      case 12 -> {
        send(data.declaring(choices.of(List.of(LIMIT + 1L, 1L << 32, Long.MAX_VALUE))));
        return CloseReason.TOO_BIG;
      }
      default -> {
        byte[] oneTooMany = new byte[LIMIT + 1 - (inside ? said : 0)];
        send(RawFrame.of(inside ? Opcode.CONTINUATION : Opcode.BINARY, oneTooMany));
        return CloseReason.TOO_BIG;
      }
    }
    return CloseReason.PROTOCOL_ERROR;
  }

  private void breakText() {
    if (!inside) {
      send(RawFrame.text(HexFormat.of().parseHex(choices.of(NO_UTF8))));
    } else if (text) {
      send(RawFrame.continuation(new byte[] {'a', (byte) 0xFF}).unfinished());
    } else {
      data(RawFrame.continuation(Arrays.copyOfRange(payload, said, payload.length)), true);
      send(RawFrame.text(new byte[] {(byte) 0xE2, (byte) 0x82})); // ends inside a code point
    }
  }

  private byte[] send(RawFrame frame) {
    byte[] bytes = (role == Role.SERVER ? frame.masked(choices.number()) : frame).bytes();
    wire.writeBytes(bytes);
    return bytes;
  }

  private int length() {
    return switch (choices.upTo(31)) {
      case 1 -> 65_535;
      case 2 -> 65_536;
      case 3, 4 -> 125;
      case 5, 6 -> 126;
      case 7, 8 -> 127;
      default -> choices.upTo(20);
    };
  }

  private byte[] sentence(int length) {
    String words = choices.of(WORDS) + choices.of(WORDS) + choices.of(WORDS);
    int missing = length - words.getBytes(UTF_8).length;
    return (words + "x".repeat(Math.max(0, missing))).getBytes(UTF_8);
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    int first = choices.upTo(255);
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (first + 31 * i);
    }
    return bytes;
  }
}
