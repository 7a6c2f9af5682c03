package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Eight octets of a buffer at a time. A stretch is checked once, by {@link #address}; {@code
 * ByteBuf.getLong} checks at every step.
 */
public final class Octets {
  private static final MemorySegment MEMORY = everything();
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Octets() {}

  /**
   * Where the octets {@code [from, to)} lie, to be handed to {@link #at}; 0 where the buffer is no
   * one piece of memory outside the heap. Holds for as long as the caller holds the buffer.
   */
  public static long address(ByteBuf in, int from, int to) {
    Objects.checkFromToIndex(from, to, in.capacity());
    return in.hasMemoryAddress() ? in.memoryAddress() : 0;
  }

  /**
   * The eight octets from {@code index} on, which must lie in the stretch that {@code address} is
   * of; the first is the highest.
   */
  public static long at(long address, ByteBuf in, int index) {
    return address == 0 ? in.getLong(index) : MEMORY.get(LONG, address + index);
  }

  @SuppressWarnings("restricted") // the callers of at() have asked address() for what they read
  private static MemorySegment everything() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }
}
