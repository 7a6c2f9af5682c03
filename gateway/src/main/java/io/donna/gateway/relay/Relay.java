package io.donna.gateway.relay;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.StrictScanner;
import io.donna.gateway.websocket.BufferedBytesAccount;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.HeldBytes;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.donna.gateway.websocket.PayloadInspector;
import io.donna.gateway.websocket.Utf8Inspector;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Relays whole messages between a client and its upstream, unchanged unless an inspector changes
 * them. Client messages wait, in order, until the upstream is open. If one side does not take its
 * bytes, the other is not read. Confined to the event loop that both legs share.
 */
public final class Relay implements Leg.Events, BufferedBytesAccount.Owner {
  /** The relay's owner, which is told of changes. */
  public interface Owner {
    /** Called when the relay starts or stops accepting client messages. */
    void onAcceptingChanged();

    /** Called when the client was sent a message that is not the upstream's. */
    void onAnswered();

    /** Called when a client's message is refused with an error of {@code code}. */
    void onRefused(String code);

    /** Called when an inspector ends the session, with the error to send. */
    void onEnded(String error, CloseReason reason);

    /** Called when there is something to send to an upstream that is not open yet. */
    void onWaiting();

    /** Called when there is no memory for what waits for the upstream. */
    void onTooMuchWaiting();

    /** Called when the upstream is gone; with 1006 if it sent no close frame. */
    void onUpstreamClosed(CloseReason reason);

    /**
     * Called when the relay is closed but keeps its upstream for a while, because an inspector
     * waits for it.
     */
    void onUpstreamKept(Relay relay);

    /** Called when a kept upstream is closed. */
    void onUpstreamReleased();

    /** Called when nothing more is waited for from an upstream that was asked to finish. */
    void onUpstreamFinished();
  }

  /**
   * The inspectors of a relay.
   *
   * @param inspectors the chain, from client to upstream
   * @param client scans the client's messages; null if inspectors do not see them
   * @param upstream scans the upstream's messages; null if inspectors do not see them
   * @param keeping how long an upstream is kept at most, after its client is gone
   */
  public record Inspection(
      List<Inspector> inspectors,
      @Nullable StrictScanner client,
      @Nullable StrictScanner upstream,
      Duration keeping) {
    /** How long an upstream is kept whose protocol has no ending of its own. */
    public static final Duration USUALLY_KEPT = Duration.ofSeconds(10);

    public Inspection(
        List<Inspector> inspectors,
        @Nullable StrictScanner client,
        @Nullable StrictScanner upstream) {
      this(inspectors, client, upstream, USUALLY_KEPT);
    }

    /** No inspection: every message passes as received. */
    public static final Inspection NONE = new Inspection(List.of(), null, null);

    /** The scanner for the upstream leg's text messages. */
    public PayloadInspector readerOfUpstream() {
      return upstream != null ? upstream : new Utf8Inspector();
    }
  }

  /** Bytes that may wait for the upstream before reading from the client stops. */
  static final int MAX_WAITING_BYTES = 1 << 20;

  private final Leg client;
  private final Owner owner;
  private final SessionResources resources;
  private final BufferedBytesAccount holding;
  private final @Nullable InspectorChain chain;
  private final Duration keeping;

  private final Direction up;
  private final Direction down;

  private @Nullable Leg upstream;
  private boolean upstreamGone;
  private @Nullable ByteBuf waiting;
  private boolean upstreamTakes = true;
  private boolean accepting = true;

  /**
   * The close reason of an upstream that is gone, while its last messages are on their way to the
   * client.
   */
  private @Nullable CloseReason goneReason;

  /** The close reason for an upstream that is kept. */
  private @Nullable CloseReason keptReason;

  private @Nullable ScheduledFuture<?> keptLimit;

  /** Whether the upstream has been asked for its last, while the client is still there. */
  private boolean finishing;

  /**
   * Creates a relay whose upstream is not open yet.
   *
   * @param account the account charged for its memory and work
   */
  public Relay(Leg client, HeldBytes held, String account, Owner owner, Inspection inspection) {
    this.client = client;
    this.resources = SessionResources.of(account, held);
    this.holding = resources.holding(this);
    this.owner = owner;
    this.keeping = inspection.keeping;
    this.up = new Direction(client.eventLoop(), resources, new ToUpstream());
    this.down = new Direction(client.eventLoop(), resources, new ToClient());
    boolean inspects = !inspection.inspectors.isEmpty();
    this.chain = inspects ? new InspectorChain(inspection.inspectors, new ChainEnds()) : null;
    if (inspects && inspection.client != null) {
      up.inspect(inspection.client);
    }
    if (inspects && inspection.upstream != null) {
      down.inspect(inspection.upstream);
    }
  }

  /**
   * Adds an inspector at the client's end, from the next message of either side on.
   *
   * @param reader scans the client's messages
   */
  public void inspect(Inspector inspector, StrictScanner reader) {
    if (chain == null || !down.isInspected()) {
      throw new IllegalStateException("this relay's upstream is read by nobody");
    }
    if (!up.isInspected()) {
      up.inspect(reader);
    }
    chain.addFirst(inspector);
  }

  /** Begins before the upstream is opened, which is sent {@code prelude} first. */
  public void begin(Iterable<String> prelude) {
    if (chain != null) {
      chain.begin();
      prelude.forEach(text -> chain.fromClient(Event.of(text)));
    } else {
      prelude.forEach(text -> write(Event.of(text)));
    }
  }

  /** Whether the client may be read. */
  public boolean isAccepting() {
    return accepting;
  }

  /**
   * Accepts a client message.
   *
   * @param type for the figures, if inspectors do not see it
   */
  public void toUpstream(Message message, EventType type) {
    if (!up.accept(message)) {
      if (chain != null) {
        chain.passedUnseen(type, message.length());
      }
      pass(message);
    }
  }

  /** Accepts a client message that is already parsed. */
  public void toUpstream(Event event) {
    if (chain != null) {
      chain.fromClient(event);
    } else {
      write(event);
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

  private void write(Event event) {
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
    if (waiting != null) {
      owner.onWaiting();
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

  /** Attaches the open upstream, which was asked for {@code model}, and sends what waited. */
  public void open(Leg opened, String model) {
    upstream = opened;
    opened.setAccount(resources.account());
    if (chain != null) {
      chain.opened(model);
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

  /** Flushes the upstream after a burst from the client. */
  public void flushUpstream() {
    if (upstream != null) {
      upstream.flush();
    }
  }

  /** Called when the client's writability changes. */
  public void setClientWritable(boolean writable) {
    updateReading();
  }

  private void updateReading() {
    if (upstream != null) {
      // What ends a session must not depend on a client that does not read.
      boolean isRead = keptReason != null || finishing || client.isWritable();
      upstream.setReading(isRead && !down.isHeld());
    }
  }

  /**
   * Asks the upstream for what inspectors still wait for, while the client is there; nothing of the
   * client's goes upstream any more. Returns whether there is anything to wait for: if so, the
   * owner is told of its end, and closes.
   */
  public boolean finish() {
    if (upstream == null || upstreamGone || chain == null || !chain.keepsUpstream()) {
      return false;
    }
    finishing = true;
    up.forgetMessage();
    updateReading();
    return true;
  }

  /** Waits no longer; the next {@link #close} closes the upstream at once. */
  public void stopFinishing() {
    finishing = false;
    endInspection();
  }

  /**
   * Closes the upstream, and drops what waited for it. If an inspector waits for more from the
   * upstream, it is kept for a while.
   */
  public void close(CloseReason reason) {
    goneReason = null; // there is nobody left to tell
    up.forgetMessage();
    down.forgetEvents();
    if (waiting != null) {
      waiting.release();
      waiting = null;
      holding.set(0);
    }
    if (upstream != null && !upstreamGone && chain != null && chain.keepsUpstream()) {
      keep(upstream, reason);
    } else {
      closeUpstream(reason);
    }
  }

  private void keep(Leg kept, CloseReason reason) {
    keptReason = reason;
    keptLimit = kept.eventLoop().schedule(this::release, keeping.toMillis(), TimeUnit.MILLISECONDS);
    updateReading();
    owner.onUpstreamKept(this);
  }

  /** Closes an upstream that is kept. */
  public void release() {
    CloseReason reason = keptReason;
    if (reason == null && finishing) {
      finishing = false;
      endInspection();
      client.eventLoop().execute(owner::onUpstreamFinished); // the message is still on its way
    }
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
    if (chain != null) {
      chain.end();
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

  /** The direction from the client to the upstream. */
  private final class ToUpstream implements Direction.Ends {
    @Override
    public Leg source() {
      return client;
    }

    @Override
    public void inspect(Event event) {
      if (chain != null) {
        chain.fromClient(event);
      }
    }

    @Override
    public void send(Event event) {
      write(event);
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

  /** The direction from the upstream to the client. */
  private final class ToClient implements Direction.Ends {
    @Override
    public @Nullable Leg source() {
      return upstream;
    }

    @Override
    public void inspect(Event event) {
      if (chain != null) {
        chain.fromUpstream(event);
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

  /** The two ends of the inspector chain. */
  private final class ChainEnds implements InspectorChain.Ends {
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
    public void refused(String code) {
      owner.onRefused(code);
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
