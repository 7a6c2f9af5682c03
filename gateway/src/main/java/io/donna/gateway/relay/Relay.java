package io.donna.gateway.relay;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.StrictScanner;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.HeldBytes;
import io.donna.gateway.websocket.Holding;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.donna.gateway.websocket.PayloadInspector;
import io.donna.gateway.websocket.Utf8Inspector;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Carries whole messages between a client and its upstream, byte for byte as they came but for what
 * inspectors make of them. What the client says before the upstream is open waits, in order. A side
 * that does not take its bytes stops the other from being read. Confined to the event loop that
 * both legs share.
 */
public final class Relay implements Leg.Events, Holding.Owner {
  /** Who the relay works for. */
  public interface Owner {
    /** The relay can take more of the client's messages, or no more for now. */
    void onAcceptingChanged();

    /** The client was written something that no upstream sent. */
    void onAnswered();

    /** An inspector ends the session, and says why. */
    void onEnded(String error, CloseReason reason);

    /** There is no memory for what waits for the upstream. */
    void onTooMuchWaiting();

    /** The upstream is gone; 1006 where it went without a word. */
    void onUpstreamClosed(CloseReason reason);

    /** The upstream stays for a while, though the relay was closed: an inspector waits for it. */
    void onUpstreamKept(Relay relay);

    /** And now it is gone, too. */
    void onUpstreamReleased();
  }

  /**
   * Who looks at what passes.
   *
   * @param inspectors in their row, from the client to the upstream
   * @param client reads the client's messages; null where no inspector is to see them
   * @param upstream reads the upstream's messages; null where no inspector is to see them
   */
  public record Inspection(
      List<Inspector> inspectors,
      @Nullable StrictScanner client,
      @Nullable StrictScanner upstream) {
    /** Nobody does: every message goes on as it came. */
    public static final Inspection NONE = new Inspection(List.of(), null, null);

    /** What the upstream's leg is to read text messages with. */
    public PayloadInspector readerOfUpstream() {
      return upstream != null ? upstream : new Utf8Inspector();
    }
  }

  /** How long an upstream stays when its client has gone. */
  private static final long MAX_KEPT_MS = 10_000;

  /** How much may wait for the upstream before the client is no longer read, in bytes. */
  static final int MAX_WAITING_BYTES = 1 << 20;

  private final Leg client;
  private final Owner owner;
  private final SessionResources share;
  private final Holding holding;
  private final @Nullable InspectorChain row;

  private final Direction up;
  private final Direction down;

  private @Nullable Leg upstream;
  private boolean upstreamGone;
  private @Nullable ByteBuf waiting;
  private boolean upstreamTakes = true;
  private boolean accepting = true;

  /** How the upstream went, while what it said last is on its way to the client. */
  private @Nullable CloseReason goneReason;

  /** What the upstream that is kept will be closed with. */
  private @Nullable CloseReason keptReason;

  private @Nullable ScheduledFuture<?> keptLimit;

  /**
   * A relay whose upstream is still to be opened.
   *
   * @param account whom its memory and its work are put down to
   */
  public Relay(Leg client, HeldBytes held, String account, Owner owner, Inspection inspection) {
    this.client = client;
    this.share = SessionResources.of(account, held);
    this.holding = share.holding(this);
    this.owner = owner;
    this.up = new Direction(client.eventLoop(), share, new ToUpstream());
    this.down = new Direction(client.eventLoop(), share, new ToClient());
    boolean inspects = !inspection.inspectors.isEmpty();
    this.row = inspects ? new InspectorChain(inspection.inspectors, new Outlets()) : null;
    if (inspects && inspection.client != null) {
      up.inspect(inspection.client);
    }
    if (inspects && inspection.upstream != null) {
      down.inspect(inspection.upstream);
    }
  }

  /**
   * From the next message of either side on, {@code inspector} looks at it too, nearest to the
   * client.
   *
   * @param reader reads the client's messages
   */
  public void inspect(Inspector inspector, StrictScanner reader) {
    if (row == null || !down.isInspected()) {
      throw new IllegalStateException("this relay's upstream is read by nobody");
    }
    if (!up.isInspected()) {
      up.inspect(reader);
    }
    row.addFirst(inspector);
  }

  /** The upstream is about to be opened; it is sent {@code prelude} before all else. */
  public void begin(Iterable<String> prelude) {
    if (row != null) {
      row.begin();
      prelude.forEach(text -> row.fromClient(Event.of(text)));
    } else {
      prelude.forEach(text -> say(Event.of(text)));
    }
  }

  /** Whether the client may be read on. */
  public boolean isAccepting() {
    return accepting;
  }

  /** Takes a message of the client's. */
  public void toUpstream(Message message) {
    if (!up.accept(message)) {
      if (row != null) {
        row.passedUnseen(message.length());
      }
      pass(message);
    }
  }

  /** Takes a message of the client's that is already read. */
  public void toUpstream(Event event) {
    if (row != null) {
      row.fromClient(event);
    } else {
      say(event);
    }
  }

  private void pass(Message message) {
    if (upstream != null) {
      upstream.forward(message);
    } else {
      message.copyTo(waiting(message.length()));
      keepWaitingBounded();
    }
  }

  private void say(Event event) {
    Message untouched = event.untouched();
    if (untouched != null) {
      pass(untouched);
    } else if (upstream != null) {
      upstream.write(event.payload());
      upstream.flush();
    } else {
      ByteBuf frame = Leg.towardsUpstream(client.channel().alloc(), event.payload());
      waiting(frame.readableBytes()).writeBytes(frame);
      frame.release();
      keepWaitingBounded();
    }
  }

  private ByteBuf waiting(int more) {
    if (waiting == null) {
      waiting = client.channel().alloc().buffer(more);
    }
    return waiting;
  }

  private void keepWaitingBounded() {
    if (waiting == null) {
      return;
    }
    if (!holding.set(waiting.capacity())) {
      owner.onTooMuchWaiting();
    } else if (waiting.readableBytes() >= MAX_WAITING_BYTES) {
      setUpstreamTakes(false);
    }
  }

  @Override
  public void letGo() {
    client
        .eventLoop()
        .execute(() -> {
          if (waiting != null) {
            owner.onTooMuchWaiting();
          }
        });
  }

  /** The upstream is open, of which {@code model} was asked for: what waited goes out. */
  public void open(Leg opened, String model) {
    upstream = opened;
    opened.setAccount(share.account());
    if (row != null) {
      row.opened(model);
    }
    if (waiting != null) {
      opened.forward(waiting);
      waiting = null;
      holding.set(0);
      opened.flush();
    }
    setUpstreamTakes(opened.isWritable());
    updateReading();
  }

  /** The client's burst has been read. */
  public void flushUpstream() {
    if (upstream != null) {
      upstream.flush();
    }
  }

  /** The client takes bytes again, or no more for now. */
  public void setClientWritable(boolean writable) {
    updateReading();
  }

  private void updateReading() {
    if (upstream != null) {
      upstream.setReading((keptReason != null || client.isWritable()) && !down.isHeld());
    }
  }

  /**
   * Ends the upstream, and forgets what waited for it. Where an inspector has still to hear of it,
   * it is kept for at most ten seconds.
   */
  public void close(CloseReason reason) {
    goneReason = null; // nobody is left to be told
    up.forgetMessage();
    down.forgetEvents();
    if (waiting != null) {
      waiting.release();
      waiting = null;
      holding.set(0);
    }
    if (upstream != null && !upstreamGone && row != null && row.keepsUpstream()) {
      keep(upstream, reason);
    } else {
      closeUpstream(reason);
    }
  }

  private void keep(Leg kept, CloseReason reason) {
    keptReason = reason;
    keptLimit = kept.eventLoop().schedule(this::release, MAX_KEPT_MS, TimeUnit.MILLISECONDS);
    updateReading();
    owner.onUpstreamKept(this);
  }

  /** Ends the upstream that is kept. */
  public void release() {
    CloseReason reason = keptReason;
    if (reason != null) {
      keptReason = null;
      if (keptLimit != null) {
        keptLimit.cancel(false);
      }
      closeUpstream(reason);
      owner.onUpstreamReleased();
    }
  }

  private void closeUpstream(CloseReason reason) {
    goneReason = null;
    endInspection();
    if (upstream != null) {
      upstream.close(reason);
    }
  }

  private void endInspection() {
    if (row != null) {
      row.end();
      up.forgetMessage();
      up.forgetEvents();
      down.forgetMessage();
      down.forgetEvents();
    }
  }

  @Override
  public void onMessage(Message message) {
    if (!down.accept(message)) {
      client.forward(message);
    }
  }

  @Override
  public void onBurstEnd() {
    client.flush();
  }

  @Override
  public void onWritabilityChanged(boolean writable) {
    setUpstreamTakes(writable);
  }

  @Override
  public void onClosed(CloseReason reason) {
    onGone(reason);
  }

  @Override
  public void onFailed(CloseReason reason) {
    onGone(CloseReason.lost());
  }

  private void onGone(CloseReason reason) {
    upstreamGone = true;
    if (down.isHeld()) {
      goneReason = reason;
      return;
    }
    if (keptReason != null) {
      release();
      return;
    }
    endInspection();
    client.flush();
    owner.onUpstreamClosed(reason);
  }

  private void setUpstreamTakes(boolean takes) {
    upstreamTakes = takes;
    updateAccepting();
  }

  private void updateAccepting() {
    boolean now = upstreamTakes && !up.isHeld();
    if (accepting != now && keptReason == null) {
      accepting = now;
      owner.onAcceptingChanged();
    }
  }

  /** From the client to the upstream. */
  private final class ToUpstream implements Direction.Ends {
    @Override
    public Leg source() {
      return client;
    }

    @Override
    public void inspect(Event event) {
      if (row != null) {
        row.fromClient(event);
      }
    }

    @Override
    public void send(Event event) {
      say(event);
    }

    @Override
    public void onHeldChanged() {
      if (!up.isHeld()) {
        flushUpstream();
      }
      updateAccepting();
    }

    @Override
    public void refuseForMemory() {
      owner.onTooMuchWaiting();
    }
  }

  /** From the upstream to the client. */
  private final class ToClient implements Direction.Ends {
    @Override
    public @Nullable Leg source() {
      return upstream;
    }

    @Override
    public void inspect(Event event) {
      if (row != null) {
        row.fromUpstream(event);
      }
    }

    @Override
    public void send(Event event) {
      if (keptReason != null) {
        return;
      }
      Message untouched = event.untouched();
      if (untouched != null) {
        client.forward(untouched);
        return;
      }
      client.write(event.payload());
      if (event.isOwn()) {
        owner.onAnswered();
      }
    }

    @Override
    public void onHeldChanged() {
      updateReading();
      if (down.isHeld()) {
        return;
      }
      client.flush();
      CloseReason gone = goneReason;
      if (gone != null) {
        goneReason = null;
        onGone(gone);
      }
    }

    @Override
    public void refuseForMemory() {
      owner.onTooMuchWaiting();
      Relay.this.release();
    }
  }

  /** What the row of inspectors ends in. */
  private final class Outlets implements InspectorChain.Ends {
    @Override
    public void toUpstream(Event event) {
      up.pass(event);
    }

    @Override
    public void toClient(Event event) {
      if (keptReason == null) {
        down.pass(event);
      }
    }

    @Override
    public void end(String error, CloseReason reason) {
      owner.onEnded(error, reason);
    }

    @Override
    public void release() {
      Relay.this.release();
    }

    @Override
    public EventLoop eventLoop() {
      return client.eventLoop();
    }
  }
}
