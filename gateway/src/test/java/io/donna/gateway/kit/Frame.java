package io.donna.gateway.kit;

import java.nio.charset.StandardCharsets;

/**
 * A frame as a test sees it: first header byte, payload without its mask, and the bytes it came in.
 */
public final class Frame {
  private final int first;
  private final byte[] payload;
  private final byte[] wire;

  Frame(int first, byte[] payload, byte[] wire) {
    this.first = first;
    this.payload = payload;
    this.wire = wire;
  }

  /** The first header byte: FIN, reserved bits and opcode. */
  public int first() {
    return first;
  }

  public byte[] payload() {
    return payload;
  }

  public byte[] wire() {
    return wire;
  }

  public int opcode() {
    return first & 0xF;
  }

  public boolean isText() {
    return opcode() == 1;
  }

  public boolean isClose() {
    return opcode() == 8;
  }

  public String text() {
    return new String(payload, StandardCharsets.UTF_8);
  }

  /** The close code; 1005 where the frame has none. */
  public int closeCode() {
    return payload.length < 2 ? 1005 : ((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF);
  }

  public String closeReason() {
    return payload.length < 2
        ? ""
        : new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
  }
}
