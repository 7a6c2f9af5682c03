package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end of a WebSocket, from the 101 to the last byte: finds messages, answers pings, does the
 * closing handshake. The same class towards clients and towards upstreams. Confined to its
 * channel's event loop.
 */
public final class Leg extends ChannelInboundHandlerAdapter implements Holding.Owner {
  /** What a leg tells its owner, on the event loop. */
  public interface Events {
    /** A whole message has come. It is valid during the call. */
    void onMessage(Message message);

    /** All that had arrived has been read: the time to flush what it led to. */
    void onBurstEnd();

    /** The leg's outbound buffer went above its high-water mark (false) or below the low one. */
    void onWritabilityChanged(boolean writable);

    /**
     * The peer has closed, or is gone (1006). It or {@link #onFailed} is called once, and neither
     * where we closed first.
     */
    void onClosed(CloseReason reason);

    /** The peer broke the protocol, or we failed it. It has been told. */
    void onFailed(CloseReason reason);
  }

  /**
   * Of bytes that a peer has not taken: above the high mark the other side is no longer read, below
   * the low one it is again. Room for a second of audio and more, 16.2 kB being a quarter of one.
   */
  public static final WriteBufferWaterMark WATER_MARKS =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private enum State {
    OPEN,
    /** Our close frame is out, the peer's is awaited. */
    CLOSING,
    CLOSED
  }

  /**
   * What a leg is to do.
   *
   * @param maxMessageBytes the largest message read, in bytes of payload
   * @param inspector reads the text messages that come in
   * @param remasks whether forwarded messages get masks of our own
   * @param keepAlive how long the peer may say nothing at all, not even a pong
   * @param stall how long it may leave a message unfinished, or what waits for it untaken
   * @param held what messages that wait may take of memory, those of all legs together
   */
  public record Options(
      int maxMessageBytes,
      PayloadInspector inspector,
      boolean remasks,
      Duration keepAlive,
      Duration stall,
      HeldBytes held) {
    /** The same with masks of our own, or without. */
    public Options remasking(boolean fresh) {
      return new Options(maxMessageBytes, inspector, fresh, keepAlive, stall, held);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Leg.class);

  /** What a peer may leave untaken without it being counted: a quarter of a second of audio. */
  private static final int USUAL_UNTAKEN_BYTES = 16 * 1024;

  /** A larger buffer that is mostly empty is not kept: a read makes one of up to 64 KiB. */
  private static final int LARGEST_LOOSE_BUFFER = 8 * 1024;

  /** How often within its time a peer is looked at; how often a silent one is pinged. */
  private static final int LOOKS = 4;

  /** How long the peer may take to answer our close frame. */
  private static final long CLOSE_TIMEOUT_MS = 2_000;

  /** The same of a peer that has not said who it is. */
  private static final long HASTY_CLOSE_TIMEOUT_MS = 500;

  /** How long the peer may take to take what stands before our close frame. */
  private static final long DRAIN_TIMEOUT_MS = 30_000;

  /** Clients that ping do so every few seconds, and have ten to say who they are. */
  private static final int MOST_CONTROL_FRAMES_OF_UNKNOWN = 100;

  private final Channel channel;
  private final FrameParser parser;
  private final FrameWriter writer;
  private final boolean remasks;
  private final long keepAliveNanos;
  private final long lookIntervalNanos;
  private final Holding holding;
  private final Events events;
  private final ReadBudget budget;
  private final Message message = new Message();

  private State state = State.OPEN;
  private CloseReason closeReason = CloseReason.lost();

  /** The beginning of a frame whose rest is still to come. */
  private @Nullable ByteBuf pending;

  /** The frames so far of a message in fragments. */
  private @Nullable ByteBuf fragments;

  /** The newest ping that could not be answered as the peer does not read (RFC 6455, 5.5.3). */
  private byte @Nullable [] owedPong;

  /** What we wrote in the middle of a burst goes out at its end. */
  private boolean wroteOwn;

  /** A burst is being read. */
  private boolean inBurst;

  /** The owner wants the peer to be read. */
  private boolean reading = true;

  /** The peer has said who it is, or need not. */
  private boolean known = true;

  /** Pings and pongs of a peer that has not. */
  private int controlFramesOfUnknown;

  /** This turn's budget is used up: the rest of the burst waits behind the loop's other work. */
  private boolean yielding;

  /** How many want nothing more for now, not even what has been read already. */
  private int holds;

  /** The peer is gone, and some of what it said last waits to be handed over. */
  private boolean gone;

  private @Nullable ScheduledFuture<?> look;

  /** Ends the connection once our close frame is out or waits; cancelled, as it holds the leg. */
  private @Nullable ScheduledFuture<?> ending;

  private boolean heard;
  private long heardAt;
  private long pingedAt;

  private final StallDetector sending;
  private final StallDetector taking;
  private long received;

  private Leg(Channel channel, Role role, Options options, Events events) {
    this.channel = channel;
    this.parser = new FrameParser(role, options.maxMessageBytes, options.inspector);
    this.writer = new FrameWriter(role);
    this.remasks = options.remasks;
    this.keepAliveNanos = options.keepAlive.toNanos();
    long stallNanos = options.stall.toNanos();
    this.lookIntervalNanos = Math.min(keepAliveNanos, stallNanos) / LOOKS;
    this.sending = new StallDetector(stallNanos);
    this.taking = new StallDetector(stallNanos);
    this.holding = new Holding(options.held, this);
    this.events = events;
    this.budget = new ReadBudget(channel.eventLoop().ticker());
  }

  /** The server's end of the WebSocket on {@code channel}. */
  public static Leg towardsClient(Channel channel, Options options, Events events) {
    return new Leg(channel, Role.SERVER, options, events);
  }

  /** The client's end of the WebSocket on {@code channel}. */
  public static Leg towardsUpstream(Channel channel, Options options, Events events) {
    return new Leg(channel, Role.CLIENT, options, events);
  }

  public EventLoop eventLoop() {
    return channel.eventLoop();
  }

  public Channel channel() {
    return channel;
  }

  /** How the WebSocket ended; 1006 as long as it has not, or where no close frame was seen. */
  public CloseReason closeReason() {
    return closeReason;
  }

  public boolean isWritable() {
    return channel.isWritable();
  }

  /** Sends a text message of our own; in the middle of the peer's burst, at its end. */
  public void send(String text) {
    if (state == State.OPEN) {
      channel.write(writer.text(channel.alloc(), text), channel.voidPromise());
      flush();
    }
  }

  /** As {@link #send(String)}, in UTF-8; it goes out with the next {@link #flush}. */
  public void write(byte[] text) {
    if (state == State.OPEN) {
      channel.write(writer.text(channel.alloc(), text), channel.voidPromise());
    }
  }

  /** A text message of our own as it will go to an upstream, for while none is open. */
  public static ByteBuf towardsUpstream(ByteBufAllocator allocator, byte[] text) {
    return new FrameWriter(Role.CLIENT).text(allocator, text);
  }

  /** Passes a message of the other leg on as it is. It goes out with the next {@link #flush}. */
  public void forward(Message from) {
    if (state == State.OPEN) {
      forward(from.retainedWire());
    }
  }

  /** As {@link #forward(Message)}, for the wire bytes of whole messages, which it releases. */
  public void forward(ByteBuf wire) {
    if (state != State.OPEN) {
      wire.release();
      return;
    }
    if (!remasks) {
      channel.write(wire, channel.voidPromise());
      return;
    }
    try {
      channel.write(
          writer.remask(channel.alloc(), wire, wire.readerIndex(), wire.readableBytes()),
          channel.voidPromise());
    } finally {
      wire.release();
    }
  }

  /** Sends what is written; in the middle of the peer's burst, at its end. */
  public void flush() {
    if (inBurst) {
      wroteOwn = true;
      return;
    }
    channel.flush();
    if (untaken() > USUAL_UNTAKEN_BYTES) {
      countHeldLater();
    }
  }

  /** What it holds of memory counts as that of {@code account}, with all else of that name. */
  public void setAccount(String account) {
    holding.setAccount(account);
  }

  /** From the next frame header on, messages may have this much payload. */
  public void setMaxMessageBytes(int bytes) {
    parser.setMaxMessageBytes(bytes);
  }

  /** From the next message on, text that comes in is read by {@code inspector}. */
  public void setInspector(PayloadInspector inspector) {
    parser.setInspector(inspector);
  }

  /** Stops or starts reading from the peer. */
  public void setReading(boolean wanted) {
    reading = wanted;
    channel.config().setAutoRead(wanted && !yielding);
  }

  /**
   * Whether the peer has said who it is. One that has not may send a few pings only, and the end of
   * its connection does not wait for it to take what it is sent.
   */
  public void setKnown(boolean isKnown) {
    known = isKnown;
  }

  /**
   * Hands over nothing more, not even what has arrived with the message just handed over, until
   * {@link #resume}. For short waits: pings stay unanswered meanwhile. Each hold takes a resume of
   * its own.
   */
  public void hold() {
    holds++;
  }

  /** Goes on where {@link #hold} stopped, unless another still holds. */
  public void resume() {
    if (holds > 0 && --holds > 0) {
      return;
    }
    if (!yielding) {
      readPending();
    }
  }

  private void readPending() {
    ByteBuf in = pending;
    if (in != null && state != State.CLOSED) {
      pending = null;
      try {
        read(in);
        endBurst();
      } catch (RuntimeException fault) {
        onFault(fault);
      }
    }
    if (gone && !waitsForItsTurn()) {
      gone = false;
      onGone();
    }
  }

  /** Whether some of what has arrived has still to be handed over. */
  private boolean waitsForItsTurn() {
    return pending != null && state == State.OPEN && (holds > 0 || yielding);
  }

  /**
   * Leaves the rest of a burst for the loop's next turn. A task would not do: the loop runs those
   * that tasks leave behind in the same turn. What is scheduled waits until every other channel has
   * been looked at.
   */
  private void yieldTurn() {
    yielding = true;
    channel.config().setAutoRead(false);
    channel.eventLoop().schedule(this::takeTurn, 0, TimeUnit.NANOSECONDS);
  }

  private void takeTurn() {
    yielding = false;
    budget.renew();
    if (holds == 0) {
      readPending();
    }
    if (!yielding) {
      channel.config().setAutoRead(reading);
    }
  }

  /** Sends a close frame, waits a bounded time for the peer's, and closes the connection. */
  public void close(CloseReason reason) {
    if (state != State.OPEN) {
      return;
    }
    state = State.CLOSING;
    closeReason = reason;
    holds = 0; // the peer's own close frame is to be heard, and may have arrived already
    sendClose(reason);
    if (pending != null) {
      channel.eventLoop().execute(this::readPending); // not now: the owner is ending
    }
  }

  /**
   * However the peer behaves, the connection ends: a while after the close frame is out, which may
   * have to wait behind what the peer has still to take, and at the latest after a longer while.
   */
  private ChannelFuture sendClose(CloseReason reason) {
    setReading(true);
    long timeoutMillis = known ? CLOSE_TIMEOUT_MS : HASTY_CLOSE_TIMEOUT_MS;
    closeAfter(DRAIN_TIMEOUT_MS);
    ChannelFuture closing =
        channel
            .writeAndFlush(writer.close(channel.alloc(), reason))
            .addListener(sent -> {
              if (channel.isActive()) {
                closeAfter(timeoutMillis);
              }
            });
    if (!known && !closing.isDone()) {
      reset();
    }
    return closing;
  }

  /** Ends the connection at once; TCP forgets what is still on its way. */
  private void reset() {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.close();
  }

  private void closeAfter(long millis) {
    if (ending != null) {
      ending.cancel(false);
    }
    ending = channel.eventLoop().schedule(() -> channel.close(), millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    heardAt = now();
    pingedAt = heardAt;
    scheduleLook();
  }

  private long now() {
    return channel.eventLoop().ticker().nanoTime();
  }

  private void scheduleLook() {
    look = channel.eventLoop().schedule(this::look, lookIntervalNanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Finds a peer that went without a FIN: it is pinged when silent, and given up in the end. And
   * one that is there, and stopped in the middle of something.
   */
  private void look() {
    long now = now();
    // Who is not being read, as the other leg is full, is not silent.
    if (heard || !reading) {
      heard = false;
      heardAt = now;
    }
    // Looks come late by some microseconds, and never early.
    long silent = now - heardAt + lookIntervalNanos / 2;
    if (silent >= keepAliveNanos) {
      channel.close();
      return;
    }
    if (state == State.OPEN && isStalled(now)) {
      return;
    }
    boolean due = silent >= keepAliveNanos / LOOKS && now - pingedAt >= keepAliveNanos / LOOKS;
    if (due && state == State.OPEN && channel.isWritable()) {
      pingedAt = now;
      channel.writeAndFlush(writer.ping(channel.alloc()), channel.voidPromise());
    }
    scheduleLook();
  }

  private boolean isStalled(long now) {
    // As long as it does not take them no bytes are added: what is left says how many it has taken.
    if (!channel.isWritable() && taking.look(-channel.bytesBeforeWritable(), now)) {
      giveUp(new CloseReason(CloseReason.POLICY, "does not take what it is sent"));
      return true;
    }
    boolean unfinished = pending != null || fragments != null;
    if (!unfinished || !reading) {
      sending.clear();
    } else if (sending.look(received, now)) {
      fail(new CloseReason(CloseReason.POLICY, "message not finished in time"));
      return true;
    }
    return false;
  }

  /** As {@link #fail}, where no word of ours would arrive: TCP forgets what is still on its way. */
  private void giveUp(CloseReason reason) {
    state = State.CLOSED;
    closeReason = reason;
    reset();
    events.onFailed(reason);
  }

  /** Memory is scarce, and this leg is of those who hold most. */
  @Override
  public void letGo() {
    channel
        .eventLoop()
        .execute(() -> {
          if (state == State.OPEN) {
            end(CloseReason.overloaded());
          } else {
            channel.close();
          }
        });
  }

  /** Counts what this leg keeps in memory; where there is no room for it, the leg ends. */
  private void countHeld() {
    long untaken = untaken();
    long bytes =
        (pending == null ? 0 : pending.capacity())
            + (fragments == null ? 0 : fragments.capacity())
            + (untaken > USUAL_UNTAKEN_BYTES ? untaken : 0);
    if (!holding.set(bytes) && state == State.OPEN) {
      end(CloseReason.overloaded());
    }
  }

  /** Not now: somebody is in the middle of writing. */
  private void countHeldLater() {
    channel.eventLoop().execute(this::countHeld);
  }

  /** As {@link #fail}, or where the peer does not read {@link #giveUp}. */
  private void end(CloseReason reason) {
    if (untaken() > USUAL_UNTAKEN_BYTES) {
      giveUp(reason);
    } else {
      fail(reason);
    }
  }

  private long untaken() {
    ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
    return outbound == null ? 0 : outbound.totalPendingWriteBytes();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object read) {
    ByteBuf in = (ByteBuf) read;
    heard = true;
    received += in.readableBytes();
    budget.spendBytes(in.readableBytes());
    if (state == State.CLOSED) {
      in.release();
      return;
    }
    if (pending != null) {
      in = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), pending, in);
      pending = null;
    }
    read(in);
  }

  private void read(ByteBuf in) {
    inBurst = true;
    try {
      readFrames(in);
    } finally {
      inBurst = false;
      if (in.isReadable() && state != State.CLOSED) {
        pending = compact(in);
      } else {
        in.release();
      }
    }
    countHeld();
  }

  /** Or a peer whose every packet ends inside a frame would have us keep all it ever sent. */
  private ByteBuf compact(ByteBuf in) {
    if (in.capacity() > LARGEST_LOOSE_BUFFER && in.readableBytes() < in.capacity() / 4) {
      ByteBuf rest = channel.alloc().buffer(in.readableBytes()).writeBytes(in);
      in.release();
      return rest;
    }
    if (in.refCnt() == 1) {
      in.discardSomeReadBytes();
    }
    return in;
  }

  private void readFrames(ByteBuf in) {
    while (state != State.CLOSED && holds == 0 && !yielding && in.isReadable()) {
      if (budget.isUsedUp()) {
        yieldTurn();
        return;
      }
      switch (parser.parse(in)) {
        case FRAME -> {
          budget.spendFrame(parser.frameLength());
          onFrame(in);
          parser.skip(in);
        }
        case MORE -> {
          return;
        }
        case VIOLATION -> {
          fail(parser.violation());
          return;
        }
      }
    }
  }

  private void onFrame(ByteBuf in) {
    if (!known && parser.isControl() && ++controlFramesOfUnknown > MOST_CONTROL_FRAMES_OF_UNKNOWN) {
      fail(new CloseReason(CloseReason.POLICY, "too many pings before authentication"));
      return;
    }
    switch (parser.opcode()) {
      case Opcode.CLOSE -> onCloseFrame(parser.closeReason(in));
      case Opcode.PING -> onPing(in);
      case Opcode.PONG -> {} // nobody asked
      default -> {
        if (state == State.OPEN) {
          onDataFrame(in);
        }
      }
    }
  }

  private void onDataFrame(ByteBuf in) {
    if (parser.isFinal()) {
      sending.clear();
    }
    if (parser.isWholeMessage()) {
      events.onMessage(
          message.pointAt(in, in.readerIndex(), parser.frameLength(), parser.isText()));
      return;
    }
    ByteBuf joined = fragments;
    if (joined == null) {
      joined = channel.alloc().buffer(parser.frameLength());
      fragments = joined;
    }
    joined.writeBytes(in, in.readerIndex(), parser.frameLength());
    // Headers count too: a message of empty fragments must not grow without end. The parser counts
    // payload; of headers, there is room for those of fragments of 128 bytes.
    int payload = parser.maxMessageBytes();
    if (joined.readableBytes() > payload + payload / 16 + 1024) {
      fail(new CloseReason(CloseReason.TOO_BIG, "message in too many fragments"));
    } else if (parser.isFinal()) {
      fragments = null;
      try {
        events.onMessage(message.pointAt(joined, 0, joined.readableBytes(), parser.isText()));
      } finally {
        joined.release();
      }
    }
  }

  private void onPing(ByteBuf in) {
    byte[] payload = parser.unmaskedPayload(in);
    if (channel.isWritable()) {
      wroteOwn = true;
      channel.write(writer.pong(channel.alloc(), payload), channel.voidPromise());
    } else {
      owedPong = payload;
    }
  }

  private void onCloseFrame(CloseReason reason) {
    if (state == State.CLOSING) {
      state = State.CLOSED;
      flushAndClose();
      return;
    }
    state = State.CLOSED;
    closeReason = reason;
    sendClose(reason).addListener(ChannelFutureListener.CLOSE);
    events.onClosed(reason);
  }

  /**
   * RFC 6455, 7.1.7: says why and reads no frame more. What still comes is thrown away for a while:
   * closing on unread bytes would make TCP reset the connection, and our reason with it.
   */
  private void fail(CloseReason reason) {
    boolean tell = state == State.OPEN;
    state = State.CLOSED;
    releaseParts();
    if (!tell) {
      flushAndClose();
      return;
    }
    closeReason = reason;
    sendClose(reason).addListener(sent -> HalfClose.of(channel));
    events.onFailed(reason);
  }

  /** Pings are answered up to the peer's close frame (RFC 6455, 5.5.2), those before it too. */
  private void flushAndClose() {
    channel.flush();
    channel.close();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (!yielding) {
      budget.renew();
    }
    endBurst();
  }

  private void endBurst() {
    if (wroteOwn) {
      wroteOwn = false;
      channel.flush();
    }
    events.onBurstEnd();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    boolean writable = channel.isWritable();
    heard |= writable; // who takes what we send is there, though it says nothing
    if (writable) {
      taking.clear();
      countHeld();
    } else {
      countHeldLater();
    }
    if (writable && owedPong != null && state != State.CLOSED) {
      channel.writeAndFlush(writer.pong(channel.alloc(), owedPong), channel.voidPromise());
      owedPong = null;
    }
    events.onWritabilityChanged(writable);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    // A close_notify says what a FIN would: the peer sends nothing more.
    if (event instanceof SslCloseCompletionEvent) {
      channel.close();
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (waitsForItsTurn()) {
      gone = true;
      cancelTimers();
    } else {
      onGone();
    }
  }

  private void onGone() {
    boolean tell = state == State.OPEN;
    state = State.CLOSED;
    release();
    if (tell) {
      events.onClosed(closeReason);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (!gone) {
      release();
    }
  }

  private void release() {
    cancelTimers();
    releaseParts();
  }

  private void cancelTimers() {
    if (look != null) {
      look.cancel(false);
    }
    if (ending != null) {
      ending.cancel(false);
    }
  }

  private void releaseParts() {
    if (pending != null) {
      pending.release();
      pending = null;
    }
    if (fragments != null) {
      fragments.release();
      fragments = null;
    }
    holding.set(0);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // TLS faults come wrapped in a DecoderException.
    if (cause instanceof IOException || cause.getCause() instanceof IOException) {
      channel.close(); // the peer is gone: channelInactive tells the owner
      return;
    }
    onFault(cause);
  }

  private void onFault(Throwable cause) {
    if (cause instanceof OutOfMemoryError) {
      LOG.warn("closing a connection, out of memory: {}", cause.getMessage());
      fail(CloseReason.overloaded());
      return;
    }
    LOG.error("closing a connection after an internal error", cause);
    fail(new CloseReason(CloseReason.INTERNAL_ERROR, "internal error"));
  }
}
