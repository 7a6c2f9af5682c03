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
 * One end of a WebSocket, from the 101 response to the last byte: finds messages, answers pings,
 * performs the closing handshake. Used towards clients and upstreams alike. Confined to its
 * channel's event loop.
 */
public final class Leg extends ChannelInboundHandlerAdapter implements BufferedBytesAccount.Owner {
  /** The callbacks to a leg's owner, on the event loop. */
  public interface Events {
    /** Called with each complete message, which is valid during the call. */
    void onMessage(Message message);

    /** Called when all received bytes have been processed: the time to flush what they led to. */
    void onBurstEnd();

    /**
     * Called when the leg's outbound buffer rises above its high-water mark (false) or falls below
     * the low one.
     */
    void onWritabilityChanged(boolean writable);

    /**
     * Called when the peer has closed, or is gone (1006). Either this or {@link #onFailed} is
     * called once; neither if this end closed first.
     */
    void onClosed(CloseReason reason);

    /**
     * Called after this end has failed the connection, for a violation or another reason. The peer
     * has been told, unless it does not read.
     */
    void onFailed(CloseReason reason);
  }

  /**
   * Limits of bytes that a peer has not taken: above the high mark reading from the other side
   * stops, below the low mark it resumes. Room for more than a second of audio, 16.2 kB being a
   * quarter of a second.
   */
  public static final WriteBufferWaterMark WATER_MARKS =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private enum State {
    OPEN,
    /** Our close frame is sent, the peer's is awaited. */
    CLOSING,
    CLOSED
  }

  /**
   * A leg's options.
   *
   * @param maxMessageBytes the largest message to read, in bytes of payload
   * @param inspector inspects incoming text messages
   * @param remasks whether forwarded messages get fresh masks
   * @param keepAlive how long the peer may be silent, without even a pong
   * @param stall how long it may leave a message unfinished, or not take what waits for it
   * @param held the memory account of messages that wait, shared by all legs
   */
  public record Options(
      int maxMessageBytes,
      PayloadInspector inspector,
      boolean remasks,
      Duration keepAlive,
      Duration stall,
      HeldBytes held) {
    /** The same options, with or without fresh masks. */
    public Options remasking(boolean fresh) {
      return new Options(maxMessageBytes, inspector, fresh, keepAlive, stall, held);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Leg.class);

  /** Bytes that a peer may leave untaken without being charged: a quarter of a second of audio. */
  private static final int UNCOUNTED_UNTAKEN_BYTES = 16 * 1024;

  /** A larger buffer that is mostly empty is copied: a read allocates up to 64 KiB. */
  private static final int MAX_LOOSE_BUFFER = 8 * 1024;

  /** How long the peer may take to answer our close frame. */
  private static final long CLOSE_TIMEOUT_MS = 2_000;

  /** The same for a peer that is not authenticated. */
  private static final long HASTY_CLOSE_TIMEOUT_MS = 500;

  /** How long the peer may take to read what precedes our close frame. */
  private static final long DRAIN_TIMEOUT_MS = 30_000;

  /** Clients that ping do so every few seconds, and must authenticate within ten. */
  private static final int MAX_CONTROL_FRAMES_OF_UNKNOWN = 100;

  private final Channel channel;
  private final FrameParser parser;
  private final FrameWriter writer;
  private final boolean remasks;
  private final Liveness liveness;
  private final BufferedBytesAccount holding;
  private final Events events;
  private final ReadTimeSlice budget;
  private final Message message = new Message();

  private State state = State.OPEN;
  private CloseReason closeReason = CloseReason.lost();

  /** Whether the reason is the peer's, which may state any. */
  private boolean closedByPeer;

  /** The start of an incomplete frame. */
  private @Nullable ByteBuf pending;

  /** The frames so far of a fragmented message. */
  private @Nullable ByteBuf fragments;

  /**
   * The payload of the latest ping that could not be answered because the peer does not read (RFC
   * 6455, 5.5.3).
   */
  private byte @Nullable [] owedPong;

  /** Whether bytes written during a burst wait for its end. */
  private boolean wroteOwn;

  /** Whether a burst is being read. */
  private boolean inBurst;

  /** Whether the owner wants the peer to be read. */
  private boolean reading = true;

  /** Whether the peer is authenticated, or need not be. */
  private boolean known = true;

  /** Pings and pongs of a peer that is not authenticated. */
  private int controlFramesOfUnknown;

  /**
   * Whether this turn's budget is used up: the rest of the burst waits for the loop's other work.
   */
  private boolean yielding;

  /** The number of holds on delivery, even of bytes already read. */
  private int holds;

  /** Whether the peer is gone and some of its last bytes are still to be delivered. */
  private boolean gone;

  private @Nullable ScheduledFuture<?> checkTimer;

  /**
   * Closes the connection after the close timeout. Cancelled early, because it references the leg.
   */
  private @Nullable ScheduledFuture<?> closeTimer;

  private Leg(Channel channel, Role role, Options options, Events events) {
    this.channel = channel;
    this.parser = new FrameParser(role, options.maxMessageBytes, options.inspector);
    this.writer = new FrameWriter(role);
    this.remasks = options.remasks;
    this.liveness = new Liveness(channel, options.keepAlive, options.stall);
    this.holding = new BufferedBytesAccount(options.held, this);
    this.events = events;
    this.budget = new ReadTimeSlice(channel.eventLoop().ticker());
  }

  /** The server end of the WebSocket on {@code channel}. */
  public static Leg towardsClient(Channel channel, Options options, Events events) {
    return new Leg(channel, Role.SERVER, options, events);
  }

  /** The client end of the WebSocket on {@code channel}. */
  public static Leg towardsUpstream(Channel channel, Options options, Events events) {
    return new Leg(channel, Role.CLIENT, options, events);
  }

  public EventLoop eventLoop() {
    return channel.eventLoop();
  }

  public Channel channel() {
    return channel;
  }

  /** How the WebSocket ended; 1006 until it has, or if no close frame was seen. */
  public CloseReason closeReason() {
    return closeReason;
  }

  /** Whether the peer began the closing handshake, so that the reason is in its words. */
  public boolean isClosedByPeer() {
    return closedByPeer;
  }

  public boolean isWritable() {
    return channel.isWritable();
  }

  /** Sends a text message of the gateway's own; during a burst of the peer's, at its end. */
  public void send(String text) {
    if (state == State.OPEN) {
      channel.write(writer.text(channel.alloc(), text), channel.voidPromise());
      flush();
    }
  }

  /** As {@link #send(String)}, from UTF-8; it goes out with the next {@link #flush}. */
  public void write(byte[] text) {
    if (state == State.OPEN) {
      channel.write(writer.text(channel.alloc(), text), channel.voidPromise());
    }
  }

  /** Encodes a text message for an upstream that is not open yet. */
  public static ByteBuf towardsUpstream(ByteBufAllocator allocator, byte[] text) {
    return new FrameWriter(Role.CLIENT).text(allocator, text);
  }

  /** Forwards a message of the other leg unchanged. It goes out with the next {@link #flush}. */
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

  /** Flushes what is written; during a burst of the peer's, at its end. */
  public void flush() {
    if (inBurst) {
      wroteOwn = true;
      return;
    }
    channel.flush();
    if (untaken() > UNCOUNTED_UNTAKEN_BYTES) {
      countHeldLater();
    }
  }

  /** Charges its memory to {@code account}. */
  public void setAccount(String account) {
    holding.setAccount(account);
  }

  /** Sets the largest payload of a message, from the next frame header on. */
  public void setMaxMessageBytes(int bytes) {
    parser.setMaxMessageBytes(bytes);
  }

  /** Sets the inspector of incoming text, from the next message on. */
  public void setInspector(PayloadInspector inspector) {
    parser.setInspector(inspector);
  }

  /** Stops or starts reading from the peer. */
  public void setReading(boolean wanted) {
    reading = wanted;
    channel.config().setAutoRead(wanted && !yielding);
  }

  /**
   * Sets whether the peer is authenticated. An unauthenticated peer may send only a few pings, and
   * its connection closes without waiting for it to read.
   */
  public void setKnown(boolean isKnown) {
    known = isKnown;
  }

  /**
   * Stops delivering messages, even those received together with the one just delivered, until
   * {@link #resume}. For short waits: pings stay unanswered meanwhile. Each hold needs a resume of
   * its own.
   */
  public void hold() {
    holds++;
  }

  /** Resumes delivery, unless another hold remains. */
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
    if (gone && !hasUndelivered()) {
      gone = false;
      onGone();
    }
  }

  /** Whether received bytes are still to be delivered. */
  private boolean hasUndelivered() {
    return pending != null && state == State.OPEN && (holds > 0 || yielding);
  }

  /**
   * Leaves the rest of a burst for the loop's next turn. It is scheduled, not executed: the loop
   * runs tasks that tasks add in the same turn, but scheduled ones only after all other channels
   * had theirs.
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
    holds = 0; // the peer's close frame must be read, and may have arrived already
    sendClose(reason);
    if (pending != null) {
      channel.eventLoop().execute(this::readPending); // not now: the owner is closing
    }
  }

  /**
   * Sends a close frame and limits the time to the connection's end, however the peer behaves: a
   * short time after the close frame is sent, which may wait behind bytes that the peer has yet to
   * take, and in any case after a longer time.
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

  /** Resets the connection at once; TCP discards what is in flight. */
  private void reset() {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.close();
  }

  private void closeAfter(long millis) {
    if (closeTimer != null) {
      closeTimer.cancel(false);
    }
    closeTimer = channel.eventLoop().schedule(() -> channel.close(), millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    scheduleCheck();
  }

  private void scheduleCheck() {
    checkTimer =
        channel.eventLoop().schedule(this::check, liveness.intervalNanos(), TimeUnit.NANOSECONDS);
  }

  /** Ends the leg of a peer that is gone without a FIN, or stalled, and pings a silent one. */
  private void check() {
    boolean unfinished = pending != null || fragments != null;
    switch (liveness.check(state == State.OPEN, reading, unfinished)) {
      case GONE -> channel.close();
      case NOT_TAKING ->
          giveUp(new CloseReason(CloseReason.POLICY, "does not take what it is sent"));
      case NOT_FINISHING ->
          fail(new CloseReason(CloseReason.POLICY, "message not finished in time"));
      case PING -> {
        channel.writeAndFlush(writer.ping(channel.alloc()), channel.voidPromise());
        scheduleCheck();
      }
      case ALIVE -> scheduleCheck();
    }
  }

  /**
   * As {@link #fail}, without a close frame, which would not arrive: TCP discards what is in
   * flight.
   */
  private void giveUp(CloseReason reason) {
    state = State.CLOSED;
    closeReason = reason;
    reset();
    events.onFailed(reason);
  }

  /** Called when memory is scarce and this leg is one of the largest holders. */
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

  /** Counts the memory that this leg holds; if there is no room for it, the leg ends. */
  private void countHeld() {
    long untaken = untaken();
    long bytes =
        (pending == null ? 0 : pending.capacity())
            + (fragments == null ? 0 : fragments.capacity())
            + (untaken > UNCOUNTED_UNTAKEN_BYTES ? untaken : 0);
    if (!holding.set(bytes) && state == State.OPEN) {
      end(CloseReason.overloaded());
    }
  }

  /** Deferred, because a caller may be writing. */
  private void countHeldLater() {
    channel.eventLoop().execute(this::countHeld);
  }

  /** As {@link #fail}, or {@link #giveUp} if the peer does not read. */
  private void end(CloseReason reason) {
    if (untaken() > UNCOUNTED_UNTAKEN_BYTES) {
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
    liveness.onReceived(in.readableBytes());
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

  /**
   * Copies or compacts a mostly empty buffer. Otherwise a peer whose every packet ends inside a
   * frame would make the leg keep all it ever sent.
   */
  private ByteBuf compact(ByteBuf in) {
    if (in.capacity() > MAX_LOOSE_BUFFER && in.readableBytes() < in.capacity() / 4) {
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
    if (!known && parser.isControl() && ++controlFramesOfUnknown > MAX_CONTROL_FRAMES_OF_UNKNOWN) {
      fail(new CloseReason(CloseReason.POLICY, "too many pings before authentication"));
      return;
    }
    switch (parser.opcode()) {
      case Opcode.CLOSE -> onCloseFrame(parser.closeReason(in));
      case Opcode.PING -> onPing(in);
      case Opcode.PONG -> {} // unsolicited pongs are ignored
      default -> {
        if (state == State.OPEN) {
          onDataFrame(in);
        }
      }
    }
  }

  private void onDataFrame(ByteBuf in) {
    if (parser.isFinal()) {
      liveness.onFinished();
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
    // Headers count too, so that a message of empty fragments cannot grow without end. The parser
    // counts payload; the allowance for headers fits fragments of 128 bytes.
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
    closedByPeer = true;
    sendClose(reason).addListener(ChannelFutureListener.CLOSE);
    events.onClosed(reason);
  }

  /**
   * Fails the connection (RFC 6455, 7.1.7): sends the reason and parses no further frame. Later
   * bytes are read and discarded for a while: closing with unread bytes would make TCP reset the
   * connection, and lose the reason.
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
    sendClose(reason).addListener(sent -> OutputShutdown.of(channel));
    events.onFailed(reason);
  }

  /** Flushes the answers to pings before the peer's close frame (RFC 6455, 5.5.2), and closes. */
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
    if (writable) {
      liveness.onWritable();
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
    // A close_notify means what a FIN means: the peer sends nothing more.
    if (event instanceof SslCloseCompletionEvent) {
      channel.close();
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (hasUndelivered()) {
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
    if (checkTimer != null) {
      checkTimer.cancel(false);
    }
    if (closeTimer != null) {
      closeTimer.cancel(false);
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
