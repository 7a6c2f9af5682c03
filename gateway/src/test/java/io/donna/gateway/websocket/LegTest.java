package io.donna.gateway.websocket;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LegTest {
  private static final int MAX = 4096;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Owner owner = new Owner();
  private HeldBytes held = new HeldBytes(1 << 20);
  private final Leg leg = connect(Role.SERVER, MAX, false);

  /** Notes what the leg tells it. */
  private final class Owner implements Leg.Events {
    private final List<String> payloads = new ArrayList<>();
    private final List<String> wires = new ArrayList<>();
    private final List<Boolean> texts = new ArrayList<>();
    private final List<CloseReason> closed = new ArrayList<>();
    private final List<CloseReason> failed = new ArrayList<>();
    private final List<Integer> heardAtBurstEnds = new ArrayList<>();
    private final List<Boolean> readingAtBurstEnds = new ArrayList<>();
    private Runnable onMessage = () -> {};
    private Runnable onBurstEnd = () -> {};

    @Override
    public void onMessage(Message message) {
      payloads.add(new String(message.payload(), StandardCharsets.UTF_8));
      texts.add(message.isText());
      ByteBuf wire = message.retainedWire();
      wires.add(ByteBufUtil.hexDump(wire));
      wire.release();
      onMessage.run();
    }

    @Override
    public void onBurstEnd() {
      heardAtBurstEnds.add(payloads.size());
      readingAtBurstEnds.add(channel.config().isAutoRead());
      onBurstEnd.run();
    }

    @Override
    public void onWritabilityChanged(boolean writable) {}

    @Override
    public void onClosed(CloseReason reason) {
      closed.add(reason);
    }

    @Override
    public void onFailed(CloseReason reason) {
      failed.add(reason);
    }

    private int endings() {
      return closed.size() + failed.size();
    }
  }

  private Leg connect(Role role, int maxMessageBytes, boolean remasks) {
    Leg.Options options =
        new Leg.Options(
            maxMessageBytes,
            new Utf8Inspector(),
            remasks,
            Duration.ofMinutes(2),
            Duration.ofMinutes(2),
            held);
    Leg connected =
        role == Role.SERVER
            ? Leg.towardsClient(channel, options, owner)
            : Leg.towardsUpstream(channel, options, owner);
    channel.config().setAllocator(allocator);
    channel.freezeTime();
    if (channel.pipeline().get(Leg.class) != null) {
      channel.pipeline().remove(Leg.class);
    }
    channel.pipeline().addLast(connected);
    return connected;
  }

  @AfterEach
  void releasesEveryBuffer() {
    channel.finishAndReleaseAll();

    assertThat(allocator.metric().usedHeapMemory()).isZero();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void hearsTheCloseFrameThatHadArrivedBehindAHeldMessageWhenItCloses() {
    owner.onMessage = leg::hold;
    receive(RawFrame.join(Role.SERVER, RawFrame.text("a"), RawFrame.close(1000, "")));

    leg.close(new CloseReason(CloseReason.GOING_AWAY, "bye"));
    channel.runPendingTasks();

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void handsOverWhatHadArrivedBehindAHeldMessageBeforeItTellsThatThePeerIsGone() {
    owner.onMessage = leg::hold;
    receive(RawFrame.join(Role.SERVER, RawFrame.text("a"), RawFrame.text("b"), RawFrame.text("c")));
    owner.onMessage = () -> {};

    channel.close();
    assertThat(owner.endings()).isZero();
    leg.resume();

    assertThat(owner.payloads).containsExactly("a", "b", "c");
    assertThat(owner.closed).containsExactly(CloseReason.lost());
  }

  @Test
  void tellsHowAPeerClosedThatIsGoneBeforeItsCloseFrameIsRead() {
    owner.onMessage = leg::hold;
    receive(RawFrame.join(Role.SERVER, RawFrame.text("a"), RawFrame.close(1000, "done")));

    channel.close();
    leg.resume();

    assertThat(owner.closed).containsExactly(new CloseReason(1000, "done"));
  }

  @Test
  void forgetsWhatWaitsOfAPeerThatIsGoneWhereItIsClosed() {
    owner.onMessage = leg::hold;
    receive(RawFrame.join(Role.SERVER, RawFrame.text("a"), RawFrame.text("b")));
    channel.close();

    leg.close(new CloseReason(CloseReason.GOING_AWAY, "bye"));
    channel.runPendingTasks();

    assertThat(owner.payloads).containsExactly("a");
    assertThat(held.total()).isZero();
  }

  @Test
  void deliversAMessageAsItCame() {
    byte[] wire = RawFrame.text("hällo").masked(0x01020304).bytes();

    receive(wire);

    assertThat(owner.payloads).containsExactly("hällo");
    assertThat(owner.wires).containsExactly(HexFormat.of().formatHex(wire));
    assertThat(owner.texts).containsExactly(true);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 64, 1000})
  void deliversMessagesHoweverTheyAreCut(int step) {
    byte[] wire =
        RawFrame.join(
            Role.SERVER,
            RawFrame.text("one"),
            RawFrame.ping("p"),
            RawFrame.text("x".repeat(300)),
            RawFrame.text("tw").unfinished(),
            RawFrame.continuation("o"),
            RawFrame.text(""));

    for (int at = 0; at < wire.length; at += step) {
      receive(Arrays.copyOfRange(wire, at, Math.min(wire.length, at + step)));
    }

    assertThat(owner.payloads).containsExactly("one", "x".repeat(300), "two", "");
    assertThat(sent()).containsExactly("8a0170");
  }

  @Test
  void holdsFragmentsAndDeliversThemAsOneMessageByteForByte() {
    byte[] first = RawFrame.text("a").unfinished().masked(0x0BADF00D).bytes();
    byte[] ping = RawFrame.ping("between").masked(5).bytes();
    byte[] second = RawFrame.continuation("").unfinished().masked(0).bytes();
    byte[] third = RawFrame.continuation("b".repeat(200)).masked(0xFFFFFFFF).bytes();

    receive(first);
    receive(RawFrame.join(ping, second));
    assertThat(owner.payloads).isEmpty();
    receive(third);

    assertThat(owner.payloads).containsExactly("a" + "b".repeat(200));
    assertThat(owner.wires)
        .containsExactly(HexFormat.of().formatHex(RawFrame.join(first, second, third)));
  }

  @Test
  void deliversAFragmentedMessageOfExactlyTheLimit() {
    receive(
        RawFrame.join(
            Role.SERVER,
            RawFrame.text("x".repeat(MAX / 2)).unfinished(),
            RawFrame.continuation("y".repeat(MAX / 2))));

    assertThat(owner.failed).isEmpty();
    assertThat(owner.payloads).containsExactly("x".repeat(MAX / 2) + "y".repeat(MAX / 2));
  }

  @Test
  void endsAMessageOfFragmentsAboveTheLimitWith1009() {
    receive(
        RawFrame.join(
            Role.SERVER,
            RawFrame.text("x".repeat(MAX / 2)).unfinished(),
            RawFrame.continuation("y".repeat(MAX / 2)).unfinished(),
            RawFrame.continuation("z")));

    assertThat(owner.failed).extracting(CloseReason::code).containsExactly(1009);
    assertThat(owner.payloads).isEmpty();
  }

  @Test
  void endsAMessageOfEmptyFragmentsWith1009() {
    receive(RawFrame.text("").unfinished().masked(1).bytes());
    byte[] empty = RawFrame.continuation("").unfinished().masked(1).bytes();
    for (int i = 0; i < 100_000 && owner.failed.isEmpty(); i++) {
      receive(empty);
    }

    assertThat(owner.failed).extracting(CloseReason::code).containsExactly(1009);
    assertThat(owner.payloads).isEmpty();
    assertThat(allocator.metric().usedHeapMemory()).isLessThan(256 * 1024);
  }

  @Test
  void keepsNoMoreThanTheFrameThatIsStillToCome() {
    byte[] pong = RawFrame.of(Opcode.PONG, new byte[120]).masked(1).bytes();
    byte[] stream = new byte[pong.length];
    System.arraycopy(pong, 1, stream, 0, pong.length - 1);
    stream[pong.length - 1] = pong[0];

    receive(new byte[] {pong[0]});
    for (int i = 0; i < 20_000; i++) {
      receive(stream); // ends inside a frame, every time
    }

    assertThat(owner.failed).isEmpty();
    assertThat(allocator.metric().usedHeapMemory()).isLessThan(64 * 1024);
  }

  @Test
  void endsWith1013WhatHoldsMoreThanIsLeftForOthersAndLetsGoOfIt() {
    connect(Role.SERVER, 4 << 20, false);
    new BufferedBytesAccount(held).set(400 * 1024);
    byte[] frame = RawFrame.text("x".repeat(700 * 1024)).masked(1).bytes();

    receive(Arrays.copyOf(frame, 200 * 1024));
    assertThat(owner.failed).isEmpty();
    receive(Arrays.copyOfRange(frame, 200 * 1024, 600 * 1024));

    assertThat(owner.failed).extracting(CloseReason::code).containsExactly(1013);
    assertThat(held.total()).isEqualTo(400 * 1024);
    assertThat(allocator.metric().usedHeapMemory()).isLessThan(64 * 1024);
  }

  @Test
  void answersAPingWithItsPayload() {
    receive(RawFrame.ping("1234567890").masked(0x55AA55AA).bytes());
    receive(RawFrame.ping("").masked(0x55AA55AA).bytes());

    assertThat(sent()).containsExactly("8a0a31323334353637383930", "8a00");
  }

  @Test
  void masksWhatItSendsToAServer() {
    connect(Role.CLIENT, MAX, false);

    receive(RawFrame.ping("ping").bytes());

    ByteBuf pong = channel.readOutbound();
    assertThat(pong.getUnsignedByte(1)).isEqualTo((short) (0x80 | 4));
    pong.release();
  }

  @Test
  void ignoresPongsThatNobodyAskedFor() {
    receive(RawFrame.of(Opcode.PONG, new byte[] {1, 2, 3}).masked(9).bytes());

    assertThat(sent()).isEmpty();
    assertThat(owner.endings()).isZero();
  }

  @Test
  void owesOnePongToAPeerThatDoesNotRead() {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);

    receive(RawFrame.join(Role.SERVER, RawFrame.ping("a"), RawFrame.ping("b"), RawFrame.ping("c")));
    assertThat(sent()).isEmpty();
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
    channel.runPendingTasks();
    List<String> owed = sent();
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
    channel.runPendingTasks();

    assertThat(owed).containsExactly("8a0163");
    assertThat(sent()).isEmpty();
  }

  @Test
  void answersACloseFrameWithItsCodeAndCloses() {
    receive(RawFrame.close(4321, "bye").masked(0x10203040).bytes());

    assertThat(sent()).containsExactly("880510e1627965");
    assertThat(owner.closed).containsExactly(new CloseReason(4321, "bye"));
    assertThat(leg.closeReason()).isEqualTo(new CloseReason(4321, "bye"));
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void answersACloseFrameWithoutACodeWithoutOne() {
    receive(RawFrame.close().masked(1).bytes());

    assertThat(sent()).containsExactly("8800");
    assertThat(owner.closed).containsExactly(new CloseReason(1005, ""));
  }

  @Test
  void ignoresWhatComesBehindACloseFrame() {
    receive(
        RawFrame.join(
            Role.SERVER, RawFrame.close(1000, ""), RawFrame.text("late"), RawFrame.ping("late")));

    assertThat(owner.payloads).isEmpty();
    assertThat(owner.endings()).isEqualTo(1);
    assertThat(sent()).containsExactly("880203e8");
  }

  @Test
  void deliversNothingOnceItHasClosed() {
    leg.close(new CloseReason(1001, "drain"));

    receive(RawFrame.join(Role.SERVER, RawFrame.text("late"), RawFrame.text("l").unfinished()));
    receive(RawFrame.continuation("ater").masked(1).bytes());
    receive(RawFrame.close(1001, "").masked(1).bytes());

    assertThat(owner.payloads).isEmpty();
    assertThat(owner.endings()).isZero();
    assertThat(sent()).containsExactly("880703e9647261696e");
    assertThat(channel.isOpen()).isFalse();
    assertThat(leg.closeReason()).isEqualTo(new CloseReason(1001, "drain"));
  }

  @Test
  void answersAPingBetweenItsOwnCloseFrameAndThePeers() {
    leg.close(new CloseReason(1001, ""));

    receive(RawFrame.join(Role.SERVER, RawFrame.ping("p"), RawFrame.close(1001, "")));

    assertThat(sent()).containsExactly("880203e9", "8a0170");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void stopsDeliveringInTheMiddleOfABurstWhenItIsClosed() {
    owner.onMessage = () -> leg.close(new CloseReason(1008, ""));

    receive(RawFrame.join(Role.SERVER, RawFrame.text("first"), RawFrame.text("second")));

    assertThat(owner.payloads).containsExactly("first");
  }

  @Test
  void closesOnceAndSaysNothingAfterwards() {
    leg.close(new CloseReason(1001, ""));
    leg.close(new CloseReason(1008, "again"));
    leg.send("too late");
    leg.forward(allocator.buffer().writeByte(1));

    assertThat(sent()).containsExactly("880203e9");
    assertThat(leg.closeReason().code()).isEqualTo(1001);
  }

  @Test
  void closesThoughThePeerNeverAnswers() {
    leg.close(new CloseReason(1001, ""));
    assertThat(channel.isOpen()).isTrue();

    channel.advanceTimeBy(2_000, MILLISECONDS);
    channel.runPendingTasks();

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void letsItsCloseFrameWaitBehindWhatThePeerHasStillToTake() {
    List<Runnable> held = new ArrayList<>();
    channel
        .pipeline()
        .addFirst(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void write(ChannelHandlerContext context, Object frame, ChannelPromise sent) {
                held.add(() -> context.writeAndFlush(frame, sent));
              }
            });
    leg.close(new CloseReason(1000, ""));

    channel.advanceTimeBy(20_000, MILLISECONDS);
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isTrue();

    held.forEach(Runnable::run);
    channel.advanceTimeBy(2_000, MILLISECONDS);
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void readsOnToTheCloseFrameThoughItWasNotReading() {
    leg.setReading(false);

    leg.close(new CloseReason(1001, ""));

    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "8101ff,1002", // not masked
    "c18000000000,1002", // a reserved bit
    "8380,1002", // a reserved opcode
    "8080,1002", // a continuation of nothing
    "89fe,1002", // a long ping
    "81ff0000000000100000,1009", // a mebibyte
    "818100000000ff,1007", // no UTF-8
    "888100000000ff,1002", // a close frame of one byte
    "88820000000003ed,1002", // 1005
    "88830000000003e8ff,1007" // a reason that is no UTF-8
  })
  void tellsThePeerWhichRuleItBrokeAndHearsNoMore(String frame, int code) {
    byte[] broken = HexFormat.of().parseHex(frame);

    receive(
        RawFrame.join(
            RawFrame.text("before").masked(1).bytes(),
            broken,
            RawFrame.text("behind").masked(1).bytes()));

    assertThat(owner.payloads).containsExactly("before");
    assertThat(owner.failed).extracting(CloseReason::code).containsExactly(code);
    assertThat(owner.closed).isEmpty();
    assertThat(leg.closeReason().code()).isEqualTo(code);
    List<String> sent = sent();
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst()).matches("88..%04x.*".formatted(code));
  }

  @Test
  void saysOnceThatThePeerIsGone() {
    receive(RawFrame.text("half").masked(1).unfinished().bytes());
    receive(new byte[] {(byte) 0x80});

    channel.close();
    channel.runPendingTasks();

    assertThat(owner.closed).containsExactly(CloseReason.lost());
    assertThat(owner.failed).isEmpty();
  }

  @Test
  void takesAnIoErrorForALostConnection() {
    channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
    channel.runPendingTasks();

    assertThat(owner.closed).containsExactly(CloseReason.lost());
    assertThat(owner.failed).isEmpty();
    assertThat(sent()).isEmpty();
  }

  @Test
  void endsWith1011OnAFaultOfOurs() {
    owner.onMessage =
        () -> {
          throw new IllegalStateException("a fault, thrown on purpose");
        };

    receive(
        RawFrame.join(
            Role.SERVER,
            RawFrame.text("a").unfinished(),
            RawFrame.continuation("b"),
            RawFrame.text("c")));

    assertThat(owner.payloads).containsExactly("ab");
    assertThat(owner.failed).extracting(CloseReason::code).containsExactly(1011);
    assertThat(owner.closed).isEmpty();
  }

  @Test
  void forwardsAMessageUnderAMaskOfItsOwnWhereItRemasks() {
    Leg upstream = connect(Role.CLIENT, MAX, true);
    byte[] wire = RawFrame.text("GET / HTTP/1.1").masked(0).bytes();

    upstream.forward(allocator.buffer().writeBytes(wire));
    upstream.flush();

    ByteBuf sent = channel.readOutbound();
    byte[] bytes = ByteBufUtil.getBytes(sent);
    sent.release();
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain("GET");
    assertThat(Reading.of(Role.SERVER, bytes)).isEqualTo(Reading.of(Role.SERVER, wire));
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private void receive(byte[] bytes) {
    channel.writeInbound(allocator.buffer(bytes.length).writeBytes(bytes));
  }

  private List<String> sent() {
    List<String> frames = new ArrayList<>();
    for (ByteBuf frame = channel.readOutbound(); frame != null; frame = channel.readOutbound()) {
      frames.add(ByteBufUtil.hexDump(frame));
      frame.release();
    }
    return frames;
  }

  @Test
  void handsOverNothingWhileItIsHeldAndEverythingInOrderAfterwards() {
    owner.onMessage = leg::hold;
    byte[] one = RawFrame.text("one").masked(1).bytes();
    byte[] two = RawFrame.text("two").masked(2).bytes();
    byte[] three = RawFrame.text("three").masked(3).bytes();
    receive(joined(one, two, Arrays.copyOf(three, 5)));
    receive(Arrays.copyOfRange(three, 5, three.length));
    assertThat(owner.payloads).containsExactly("one");

    leg.resume();
    assertThat(owner.payloads).containsExactly("one", "two");
    owner.onMessage = () -> {};
    leg.resume();

    assertThat(owner.payloads).containsExactly("one", "two", "three");
    assertThat(owner.endings()).isZero();
  }

  @Test
  void leavesTheRestOfALongBurstForLaterTurnsOfTheLoop() {
    int messages = 5_000;
    byte[] frame = RawFrame.text("x").masked(1).bytes();
    ByteArrayOutputStream burst = new ByteArrayOutputStream();
    for (int i = 0; i < messages; i++) {
      burst.writeBytes(frame);
    }
    burst.writeBytes(RawFrame.ping("last").masked(1).bytes());

    receive(burst.toByteArray());

    assertThat(owner.payloads).hasSize(messages);
    assertThat(owner.heardAtBurstEnds).hasSizeGreaterThan(3).endsWith(messages).isSorted();
    assertThat(owner.heardAtBurstEnds.getFirst()).isLessThanOrEqualTo(ReadTimeSlice.MAX_UNITS);
    assertThat(owner.readingAtBurstEnds).startsWith(false, false);
    assertThat(channel.config().isAutoRead()).isTrue();
    assertThat(sent()).containsExactly("8a046c617374");
  }

  @Test
  void isReadAgainOnlyWhenItsOwnerWantsItAfterALongBurst() {
    byte[] frame = RawFrame.text("x").masked(1).bytes();
    ByteArrayOutputStream burst = new ByteArrayOutputStream();
    for (int i = 0; i < 3_000; i++) {
      burst.writeBytes(frame);
    }
    owner.onMessage = () -> leg.setReading(false);

    receive(burst.toByteArray());

    assertThat(owner.payloads).hasSize(3_000);
    assertThat(channel.config().isAutoRead()).isFalse();
    leg.setReading(true);
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void hearsACloseFrameBehindALongBurst() {
    ByteArrayOutputStream burst = new ByteArrayOutputStream();
    for (int i = 0; i < 3_000; i++) {
      burst.writeBytes(RawFrame.ping("p").masked(1).bytes());
    }
    burst.writeBytes(RawFrame.close(1000, "bye").masked(1).bytes());

    receive(burst.toByteArray());

    assertThat(owner.closed).containsExactly(new CloseReason(1000, "bye"));
    assertThat(sent()).endsWith("880503e8627965");
  }

  @Test
  void handsOverTheRestOfALongBurstWhenThePeerIsGoneInTheMiddleOfIt() {
    ByteArrayOutputStream burst = new ByteArrayOutputStream();
    for (int i = 0; i < 3_000; i++) {
      burst.writeBytes(RawFrame.text("x").masked(1).bytes());
    }
    owner.onBurstEnd = () -> channel.pipeline().close();

    receive(burst.toByteArray());

    assertThat(owner.heardAtBurstEnds.getFirst()).isLessThanOrEqualTo(ReadTimeSlice.MAX_UNITS);
    assertThat(owner.payloads).hasSize(3_000);
    assertThat(owner.closed).containsExactly(CloseReason.lost());
  }

  @Test
  void resetsAPeerThatDoesNotTakeTheCloseFrameAndHasNotSaidWhoItIs() {
    channel
        .pipeline()
        .addFirst(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void write(ChannelHandlerContext context, Object frame, ChannelPromise sent) {
                ReferenceCountUtil.release(frame); // the socket is full, and stays so
              }
            });
    leg.setKnown(false);

    leg.close(new CloseReason(4001, ""));

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void answersAHundredPingsOfAPeerThatHasNotSaidWhoItIsAndAnyNumberOfOneThatHas() {
    byte[] ping = RawFrame.ping("p").masked(1).bytes();
    leg.setKnown(false);
    for (int i = 0; i < 100; i++) {
      receive(ping);
    }
    assertThat(sent()).hasSize(100);
    leg.setKnown(true);
    receive(ping);
    assertThat(sent()).hasSize(1);

    leg.setKnown(false);
    receive(ping);

    assertThat(owner.failed)
        .containsExactly(new CloseReason(1008, "too many pings before authentication"));
  }

  @Test
  void waitsAMomentForTheAnswerOfAPeerThatHasNotSaidWhoItIs() {
    leg.setKnown(false);
    leg.close(new CloseReason(4001, ""));
    assertThat(channel.isOpen()).isTrue();

    channel.advanceTimeBy(500, MILLISECONDS);
    channel.runPendingTasks();

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void endsWith1013WhenItIsToldToLetGo() {
    byte[] frame = RawFrame.text("x".repeat(3_000)).masked(1).bytes();
    receive(Arrays.copyOf(frame, 2_000));

    leg.letGo();
    channel.runPendingTasks();

    assertThat(owner.failed).extracting(CloseReason::code).containsExactly(1013);
    assertThat(sent().getFirst()).startsWith("880c03f5");
  }

  @Test
  void doesNotKeepAReadsWholeBufferForTheFewBytesOfTheNextFrame() {
    byte[] frame = RawFrame.text("x".repeat(4_000)).masked(1).bytes();
    ByteArrayOutputStream burst = new ByteArrayOutputStream();
    for (int i = 0; i < 15; i++) {
      burst.writeBytes(frame);
    }
    burst.write(frame[0]);

    receive(burst.toByteArray());

    assertThat(allocator.metric().usedHeapMemory()).isLessThan(1024);
    assertThat(owner.payloads).hasSize(15);
  }

  @Test
  void endsAMessageThatMovesButWouldTakeForever() {
    held = new HeldBytes(1 << 30);
    connect(Role.SERVER, 16 << 20, false);
    byte[] frame = RawFrame.binary(15 << 20).masked(1).bytes();
    int step = 17 * 1024; // every half minute: more than a stall, and half a kilobyte a second
    int at = 0;
    int halfMinutes = 0;
    while (owner.failed.isEmpty() && at + step < frame.length) {
      receive(Arrays.copyOfRange(frame, at, at + step));
      at += step;
      halfMinutes++;
      channel.advanceTimeBy(30_000, MILLISECONDS);
      channel.runPendingTasks();
    }

    assertThat(owner.failed).extracting(CloseReason::code).containsExactly(1008);
    assertThat(halfMinutes).isBetween(4, 7);
  }

  @Test
  void keepsAMessageThatComesAtAThirdOfAMegabitASecond() {
    held = new HeldBytes(1 << 30);
    connect(Role.SERVER, 16 << 20, false);
    byte[] frame = RawFrame.binary(15 << 20).masked(1).bytes();
    int step = 40 * 1024;
    for (int at = 0; at < frame.length; at += step) {
      receive(Arrays.copyOfRange(frame, at, Math.min(frame.length, at + step)));
      channel.advanceTimeBy(1_000, MILLISECONDS);
      channel.runPendingTasks();
    }

    assertThat(owner.failed).isEmpty();
    assertThat(owner.payloads).hasSize(1);
  }

  @Test
  void handsOverNothingUntilAllWhoHoldItHaveResumed() {
    owner.onMessage =
        () -> {
          leg.hold();
          leg.hold();
        };
    receive(joined(RawFrame.text("one").masked(1).bytes(), RawFrame.text("two").masked(2).bytes()));
    owner.onMessage = () -> {};

    leg.resume();
    assertThat(owner.payloads).containsExactly("one");
    leg.resume();
    assertThat(owner.payloads).containsExactly("one", "two");
  }

  @Test
  void hearsTheAnswerToItsCloseThoughItWasHeld() {
    owner.onMessage = leg::hold;
    receive(joined(RawFrame.text("one").masked(1).bytes(), RawFrame.text("two").masked(2).bytes()));
    leg.close(new CloseReason(4001, "too late"));
    receive(RawFrame.close(4001, "").masked(3).bytes());

    assertThat(owner.payloads).containsExactly("one");
    assertThat(channel.isOpen()).isFalse();
  }
}
