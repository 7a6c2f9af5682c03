package io.donna.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest implements FrameListener {
  private final List<String> heard = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel(new FrameReader(this));

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 6_400, 65_535, 65_536})
  void readsAFrameAsItWasBuilt(int length) {
    String text = "x".repeat(length);

    receive(Frame.masked(Frame.TEXT, text.getBytes(UTF_8), 0x80FF1234));
    receive(Frame.unmasked(Frame.TEXT, text.getBytes(UTF_8)));

    assertThat(heard).containsExactly(text, text);
  }

  @Test
  void masksAsTheSpecificationShows() {
    byte[] hello = Frame.masked(Frame.TEXT, "Hello".getBytes(UTF_8), 0x37FA213D);

    // RFC 6455, 5.7
    assertThat(hello)
        .inHexadecimal()
        .containsExactly(0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58);
  }

  @Test
  void waitsForTheRestOfAFrame() {
    for (byte single : Frame.masked(Frame.TEXT, "Hello".getBytes(UTF_8), 7)) {
      assertThat(heard).isEmpty();
      receive(single);
    }

    assertThat(heard).containsExactly("Hello");
  }

  @Test
  void joinsFragmentsAroundAPing() {
    receive((byte) Frame.TEXT, (byte) 3, (byte) 'H', (byte) 'e', (byte) 'l');
    receive(Frame.unmasked(Frame.PING, "?".getBytes(UTF_8)));
    receive(Frame.unmasked(Frame.CONTINUATION, "lo".getBytes(UTF_8)));

    assertThat(heard).containsExactly("ping ?", "Hello");
  }

  @Test
  void saysWhyAPeerCloses() {
    receive(Frame.unmasked(Frame.CLOSE, Frame.normalClosure()));

    assertThat(heard).containsExactly("close 1000");
  }

  @Test
  void readsTheStampOfATemplateAndAllAroundItWhole() {
    AudioMessage message = AudioMessage.append(6_400);
    Stamp stamp = new Stamp(7, 42, 1_234_567_890_123L);
    ByteBuf frame =
        FrameTemplate.masked(message, 0x12345678).stamped(stamp, UnpooledByteBufAllocator.DEFAULT);

    channel.writeInbound(frame);

    byte[] text = heard.getFirst().getBytes(UTF_8);
    assertThat(message.isWhole(text)).isTrue();
    assertThat(Stamp.parse(text, message.stampAt())).isEqualTo(stamp);
  }

  private void receive(byte... bytes) {
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
  }

  @Override
  public void onText(byte[] text) {
    heard.add(new String(text, UTF_8));
  }

  @Override
  public void onPing(byte[] payload) {
    heard.add("ping " + new String(payload, UTF_8));
  }

  @Override
  public void onClose(String reason) {
    heard.add("close " + reason);
  }

  @Override
  public void onEnd() {
    heard.add("end");
  }

  @Override
  public void onError(Throwable cause) {
    heard.add("error " + cause);
  }
}
