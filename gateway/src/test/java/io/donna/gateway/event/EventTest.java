package io.donna.gateway.event;

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
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

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
    channel.freezeTime(); // a long burst is read in turns, all of which are due
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
            assertThat(event.string(JsonKey.EVENT_ID)).contains("e é ü");
            assertThat(event.string(JsonKey.TYPE)).contains("input_audio_buffer.append");
            assertThat(event.string(JsonKey.ITEM_ID)).isEmpty();
            assertThat(event.has(JsonKey.ITEM_ID)).isTrue();
            assertThat(event.string(JsonKey.DELTA)).isEmpty();
            assertThat(event.lengthOfString(JsonKey.AUDIO)).isEqualTo(400);
            assertThat(event.lengthOfString(JsonKey.ITEM_ID)).isEqualTo(-1);
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

  @Test
  void tellsTheGatewaysOwnFromWhatCameOverTheWire() {
    Event own = Event.of("{\"type\":\"error\"}");
    assertThat(own.isOwn()).isTrue();
    assertThat(own.isText()).isTrue();
    assertThat(own.kept()).isSameAs(own);
    assertThat(own.untouched()).isNull();

    onWire("{\"type\":\"error\"}", event -> assertThat(event.isOwn()).isFalse());
  }

  /** The bytes that it is a view of are gone after the call. */
  @Test
  void keepsItsContentInACopy() {
    List<Event> kept = new ArrayList<>();
    onWire("{\"type\":\"error\",\"item_id\":\"i1\"}", event -> kept.add(event.kept()));
    onWire(
        "{\"type\":\"error\",\"item_id\":\"i1\"}",
        event -> {
          assertThat(event.tree()).isPresent();
          kept.add(event.kept());
        });
    onWire(
        "{\"type\":\"x\"}",
        event -> {
          event.rewrite(event.tree().orElseThrow().put("type", "error").put("item_id", "i1"));
          kept.add(event.kept());
        });

    assertThat(kept)
        .hasSize(3)
        .allSatisfy(event -> {
          assertThat(event.isOwn()).isTrue();
          assertThat(event.type()).isEqualTo(EventType.ERROR);
          assertThat(event.string(JsonKey.ITEM_ID)).contains("i1");
          assertThat(event.tree().orElseThrow().get("item_id").asString()).isEqualTo("i1");
          assertThat(new String(event.payload(), UTF_8))
              .isEqualTo("{\"type\":\"error\",\"item_id\":\"i1\"}");
        });
  }

  /** What was received says nothing any more. */
  @Test
  void isWhatItIsRewrittenTo() {
    onWire(
        "{\"type\":\"error\",\"item_id\":\"one\",\"audio\":\"AAAA\",\"audio\":\"A\"}",
        event -> {
          assertThat(event.fault()).isEqualTo(Fault.DUPLICATE_KEY);
          Event changed =
              event.rewrite(
                  JsonMapper.shared()
                      .createObjectNode()
                      .put("type", "response.done")
                      .put("item_id", "a\u00e4")
                      .put("delta", 7));

          assertThat(changed).isSameAs(event);
          assertThat(event.fault()).isEqualTo(Fault.NONE);
          assertThat(event.type()).isEqualTo(EventType.RESPONSE_DONE);
          assertThat(event.string(JsonKey.ITEM_ID)).contains("a\u00e4");
          assertThat(event.lengthOfString(JsonKey.ITEM_ID)).isEqualTo(2);
          assertThat(event.has(JsonKey.DELTA)).isTrue();
          assertThat(event.lengthOfString(JsonKey.DELTA)).isEqualTo(-1);
          assertThat(event.string(JsonKey.DELTA)).isEmpty();
          assertThat(event.has(JsonKey.AUDIO)).isFalse();
          assertThat(event.lengthOfString(JsonKey.AUDIO)).isEqualTo(-1);
          assertThat(event.untouched()).isNull();
          String written = "{\"type\":\"response.done\",\"item_id\":\"a\u00e4\",\"delta\":7}";
          assertThat(event.length()).isGreaterThanOrEqualTo(written.getBytes(UTF_8).length);
          assertThat(new String(event.payload(), UTF_8)).isEqualTo(written);
          assertThat(event.length()).isEqualTo(written.getBytes(UTF_8).length);
          event.rewrite(JsonMapper.shared().createObjectNode());
          assertThat(new String(event.payload(), UTF_8)).isEqualTo("{}");
          assertThat(event.type()).isEqualTo(EventType.UNKNOWN);
        });
  }

  @Test
  void renamesItsTreeAndItsBytesAlike() {
    for (String text :
        List.of(
            "{\"type\":\"response.audio.delta\",\"delta\":\"A\"}",
            "{\"delta\":\"A\",\"type\" : \"x\"}")) {
      onWire(
          text,
          event -> {
            assertThat(event.tree()).isPresent();
            event.rename(EventType.RESPONSE_OUTPUT_AUDIO_DELTA);

            assertThat(event.type()).isEqualTo(EventType.RESPONSE_OUTPUT_AUDIO_DELTA);
            assertThat(event.length()).isEqualTo(event.payload().length);
            assertThat(JsonMapper.shared().readTree(event.payload()))
                .isEqualTo(event.tree().orElseThrow());
            assertThat(event.tree().orElseThrow().get("type").asString())
                .isEqualTo("response.output_audio.delta");
          });
    }
    Event without = Event.of("{\"delta\":\"A\"}");
    assertThat(without.tree()).isPresent();
    without.rename(EventType.ERROR);
    assertThat(new String(without.payload(), UTF_8)).isEqualTo("{\"delta\":\"A\"}");
    assertThat(without.tree().orElseThrow().has("type")).isFalse();
  }

  /** IDs and names, not audio. */
  @Test
  void readsNoStringOfMoreThanAKibibyte() {
    for (int length : new int[] {1_024, 1_025}) {
      Event event = Event.of("{\"item_id\":\"" + "i".repeat(length) + "\"}");
      Event tree = Event.of(JsonMapper.shared().createObjectNode());
      tree.rewrite(JsonMapper.shared().createObjectNode().put("item_id", "i".repeat(length)));

      assertThat(event.string(JsonKey.ITEM_ID).isPresent()).isEqualTo(length == 1_024);
      assertThat(tree.string(JsonKey.ITEM_ID).isPresent()).isEqualTo(length == 1_024);
      assertThat(event.lengthOfString(JsonKey.ITEM_ID)).isEqualTo(length);
    }
  }

  private static String padded(String type, int length) {
    String rest = "{\"type\":\"" + type + "\",\"audio\":\"\"}";
    return rest.replace("\"\"}", "\"" + "A".repeat(length - rest.length()) + "\"}");
  }

  private static String listing(int values) {
    return "{\"type\":\"x\",\"a\":[" + "1,".repeat(values - 4) + "1]}";
  }

  /** 64 KiB or 4,000 values; speech is never parsed, so however long it is there is no waiting. */
  @Test
  void isHeavyWhereItTakesTooLongForAnEventLoop() {
    onWire(padded("x", 65_536), event -> assertHeavy(event, false));
    onWire(padded("x", 65_537), event -> assertHeavy(event, true));
    onWire(listing(4_000), event -> assertHeavy(event, false));
    onWire(listing(4_001), event -> assertHeavy(event, true));
    onWire(padded("x", 65_537) + "}", event -> assertThat(event.isHeavy()).isFalse());
    assertThat(Event.of(padded("x", 65_537)).isHeavy()).isFalse();
    for (String speech :
        List.of(
            "input_audio_buffer.append", "response.output_audio.delta", "response.audio.delta")) {
      onWire(
          padded(speech, 65_537),
          event -> {
            assertThat(event.isHeavy()).isFalse();
            assertThat(event.isOpened()).isTrue();
            assertThat(event.tree()).isEmpty();
          });
      onWire(padded(speech, 65_536), event -> assertThat(event.tree()).isPresent());
    }
  }

  private static void assertHeavy(Event event, boolean heavy) {
    assertThat(event.isHeavy()).isEqualTo(heavy);
    assertThat(event.isOpened()).isEqualTo(heavy);
    assertThat(event.tree()).isPresent();
    assertThat(event.isOpened()).isTrue();
    assertThat(event.isHeavyToWrite()).isFalse();
    Event kept = event.kept();
    assertThat(kept.tree()).isEqualTo(event.tree());
    assertThat(kept.isHeavyToWrite()).isEqualTo(heavy && event.length() > 65_536);
  }

  @Test
  void isOpenedWhereItCannotBeParsed() {
    Event event = Event.of("{\"type\":");

    assertThat(event.isOpened()).isFalse();
    assertThat(event.tree()).isEmpty();
    assertThat(event.isOpened()).isTrue();
  }

  /** It was parsed elsewhere, with this result. */
  @Test
  void hasTheTreeThatWasReadOfIt() {
    onWire(
        "{\"type\":\"error\"}",
        event -> {
          Message message = Objects.requireNonNull(event.untouched());
          ObjectNode read = JsonMapper.shared().createObjectNode().put("a", 1);

          assertThat(event.pointAt(message, read).tree()).containsSame(read);
          assertThat(event.pointAt(message, null).isOpened()).isTrue();
          assertThat(event.pointAt(message, null).tree()).isEmpty();
          event.rename(EventType.RESPONSE_DONE);
          assertThat(event.pointAt(message).type()).isEqualTo(EventType.ERROR);
          event.rewrite(read);
          assertThat(event.pointAt(message).tree().orElseThrow().has("a")).isFalse();
        });
  }
}
