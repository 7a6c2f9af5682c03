package io.donna.gateway.realtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.HeldBytes;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class EventTest {
  private final Random random = new Random(1);

  /** Sends text through a leg, in fragments under a mask each, and shows what comes of it. */
  private void onWire(String text, Consumer<Event> look) {
    StrictScanner scanner = new StrictScanner();
    Event view = new Event(scanner);
    List<Boolean> seen = new ArrayList<>();
    Leg.Events events =
        new Leg.Events() {
          @Override
          public void onMessage(Message message) {
            look.accept(view.pointAt(message));
            seen.add(true);
          }

          @Override
          public void onBurstEnd() {}

          @Override
          public void onWritabilityChanged(boolean writable) {}

          @Override
          public void onClosed(CloseReason reason) {}

          @Override
          public void onFailed(CloseReason reason) {
            throw new AssertionError(reason);
          }
        };
    EmbeddedChannel channel = new EmbeddedChannel();
    channel
        .pipeline()
        .addLast(
            Leg.towardsClient(
                channel,
                new Leg.Options(
                    1 << 20,
                    scanner,
                    false,
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1),
                    new HeldBytes(Long.MAX_VALUE)),
                events));
    channel.writeInbound(Unpooled.wrappedBuffer(fragments(text.getBytes(UTF_8))));
    channel.finishAndReleaseAll();
    assertThat(seen).hasSize(1);
  }

  private byte[] fragments(byte[] payload) {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    int at = 0;
    do {
      int size = Math.min(random.nextInt(100), payload.length - at);
      boolean last = at + size == payload.length;
      wire.write((at == 0 && wire.size() == 0 ? 1 : 0) | (last ? 0x80 : 0));
      wire.write(0x80 | size);
      byte[] mask = new byte[4];
      random.nextBytes(mask);
      wire.writeBytes(mask);
      for (int i = 0; i < size; i++) {
        wire.write(payload[at + i] ^ mask[i & 3]);
      }
      at += size;
      if (last) {
        break;
      }
    } while (true);
    return wire.toByteArray();
  }

  @Test
  void readsPartsOfAMessageThatCameInPieces() {
    String audio = "QUJD".repeat(100);
    for (int round = 0; round < 100; round++) {
      onWire(
          "{\"event_id\":\"e \\u00e9 ü\",\"audio\":\""
              + audio
              + "\",\"item_id\":7,\"type\":\"input_audio_buffer.append\"}",
          event -> {
            assertThat(event.fault()).isEqualTo(Fault.NONE);
            assertThat(event.type()).isEqualTo(EventType.INPUT_AUDIO_BUFFER_APPEND);
            assertThat(event.string(Key.EVENT_ID)).contains("e é ü");
            assertThat(event.string(Key.TYPE)).contains("input_audio_buffer.append");
            assertThat(event.string(Key.ITEM_ID)).isEmpty();
            assertThat(event.has(Key.ITEM_ID)).isTrue();
            assertThat(event.string(Key.DELTA)).isEmpty();
            assertThat(event.lengthOfString(Key.AUDIO)).isEqualTo(400);
            assertThat(event.lengthOfString(Key.ITEM_ID)).isEqualTo(-1);
            assertThat(event.tree().orElseThrow().get("audio").asString()).isEqualTo(audio);
            assertThat(event.untouched()).isNotNull();
          });
    }
  }

  @Test
  void renamesWhatCameOverTheWire() {
    for (int round = 0; round < 50; round++) {
      onWire(
          "{\"type\":\"response.audio.delta\",\"delta\":\"" + "A".repeat(300) + "\"}",
          event -> {
            event.rename(EventType.RESPONSE_OUTPUT_AUDIO_DELTA);

            assertThat(event.untouched()).isNull();
            assertThat(new String(event.payload(), UTF_8))
                .isEqualTo(
                    "{\"type\":\"response.output_audio.delta\",\"delta\":\""
                        + "A".repeat(300)
                        + "\"}");
          });
    }
  }

  @Test
  void hasNoTreeWhereAKeyIsThereTwiceAtAnyDepth() {
    assertThat(Event.of("{\"type\":\"x\",\"a\":{\"b\":[{\"c\":1,\"c\":2}]}}").tree()).isEmpty();
    assertThat(Event.of("{\"type\":\"x\",\"a\":{\"b\":1,\"\\u0062\":2}}").tree()).isEmpty();
    assertThat(Event.of("{\"type\":\"x\",\"a\":{\"b\":1},\"b\":2}").tree()).isPresent();
  }

  @Test
  void hasNoTreeWhereANumberIsBeyondAllOfJava() {
    assertThat(Event.of("{\"type\":\"x\",\"a\":-1.5E99999999999999999999}").tree()).isEmpty();
    assertThat(Event.of("{\"type\":\"x\",\"a\":1e-99999999999999999999}").tree()).isEmpty();
  }

  @Test
  void givesNumbersBackAsTheyCame() {
    String text = "{\"type\":\"x\",\"a\":[0.10,1E+400,123456789012345678901234567890,-0.5]}";

    assertThat(Event.of(text).tree().orElseThrow()).hasToString(text);
  }
}
