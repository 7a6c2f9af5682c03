package io.donna.gateway.kit;

import io.donna.gateway.websocket.PayloadInspector;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;

/**
 * One way for a text to arrive: under a mask, somewhere in a buffer, in pieces. What is read in the
 * text must be the same in every cutting.
 *
 * @param name for the message of a failure
 * @param offset where in the buffer it begins
 * @param pieces how many bytes come next, of those that are left
 */
public record Cutting(String name, int mask, int offset, IntUnaryOperator pieces) {
  private static final int SHORT = 256;
  private static final int LONG = 100_000;
  private static final int SOME_MASK = 0x8F3A51C7;

  public static Cutting whole() {
    return new Cutting("whole", 0, 0, left -> left);
  }

  /** In pieces of one length. */
  public static Cutting into(int piece, int mask) {
    return new Cutting("into " + piece, mask, 0, left -> piece);
  }

  /** Each piece as long as it comes. */
  public static Cutting random(Random random, int length) {
    int mask = random.nextBoolean() ? random.nextInt() : 0;
    int least = length > LONG ? 4_096 : 1;
    int longest = Math.max(least, 1 + random.nextInt(random.nextBoolean() ? 12 : length + 1));
    return new Cutting("at random", mask, random.nextInt(9), left -> 1 + random.nextInt(longest));
  }

  /**
   * All ways to cut a text of {@code length} bytes once, and into its bytes, with a mask and
   * without; of a long text some ways, the same in every run.
   */
  public static List<Cutting> every(int length) {
    List<Cutting> all = new ArrayList<>();
    for (int mask : new int[] {0, SOME_MASK}) {
      all.add(into(Math.max(1, length), mask));
      if (length <= LONG) {
        all.add(into(1, mask));
      }
      for (int at = 1; at < length && length <= SHORT; at++) {
        all.add(once(at, length, mask));
      }
    }
    Random random = new Random(length);
    for (int i = 0; i < (length > LONG ? 2 : 50); i++) {
      all.add(random(random, length));
    }
    return all;
  }

  private static Cutting once(int at, int length, int mask) {
    return new Cutting("at " + at, mask, at % 9, left -> left == length ? at : left);
  }

  /**
   * Has {@code inspector} read {@code text}.
   *
   * @return whether it took it to the end
   */
  public boolean hand(byte[] text, PayloadInspector inspector) {
    ByteBuf wire = Unpooled.buffer(offset + text.length).writeZero(offset);
    for (int i = 0; i < text.length; i++) {
      wire.writeByte(text[i] ^ (mask >>> (24 - 8 * (i & 3))));
    }
    inspector.begin();
    int from = 0;
    while (from < text.length) {
      int left = text.length - from;
      int to = from + Math.min(left, pieces.applyAsInt(left));
      int turned = Integer.rotateLeft(mask, 8 * (from & 3));
      if (!inspector.inspect(wire, offset + from, offset + to, turned)) {
        return false;
      }
      from = to;
    }
    return inspector.end();
  }

  @Override
  public String toString() {
    return name + ", mask " + Integer.toHexString(mask);
  }
}
