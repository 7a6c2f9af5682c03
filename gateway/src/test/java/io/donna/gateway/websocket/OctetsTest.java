package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OctetsTest {
  static Stream<IntFunction<ByteBuf>> kindsOfBuffers() {
    return Stream.of(
        Unpooled::directBuffer,
        Unpooled::buffer,
        size -> Unpooled.directBuffer(size + 5).slice(5, size),
        size ->
            Unpooled.wrappedBuffer(
                Unpooled.directBuffer(size / 2).writeZero(size / 2),
                Unpooled.buffer(size / 2).writeZero(size / 2)));
  }

  @ParameterizedTest
  @MethodSource("kindsOfBuffers")
  void readsWhatTheBufferHolds(IntFunction<ByteBuf> kind) {
    ByteBuf buffer = kind.apply(64);
    byte[] octets = new byte[64];
    new Random(6455).nextBytes(octets);
    buffer.setBytes(0, octets);

    long address = Octets.address(buffer, 0, 64);

    for (int index = 0; index <= 56; index++) {
      assertThat(Octets.at(address, buffer, index)).isEqualTo(buffer.getLong(index));
    }
    buffer.release();
  }

  @Test
  void refusesAStretchThatTheBufferDoesNotHold() {
    ByteBuf buffer = Unpooled.directBuffer(64, 64);

    assertThatThrownBy(() -> Octets.address(buffer, 0, 65))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> Octets.address(buffer, -1, 8))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> Octets.address(buffer, 9, 8))
        .isInstanceOf(IndexOutOfBoundsException.class);
    buffer.release();
  }
}
