package io.donna.gateway.relay;

import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Carries whole messages between a client and its upstream, byte for byte as they came. What the
 * client says before the upstream is open waits, in order. A side that does not take its bytes
 * stops the other from being read. Confined to the event loop that both legs share.
 */
public final class Relay implements Leg.Events {
  /** Who the relay works for. */
  public interface Owner {
    /** The relay can take more of the client's messages, or no more for now. */
    void onAcceptingChanged();

    /** The upstream is gone; 1006 where it went without a word. */
    void onUpstreamClosed(CloseReason reason);
  }

  /** How much may wait for the upstream before the client is no longer read, in bytes. */
  static final int MAX_WAITING_BYTES = 1 << 20;

  private final Leg client;
  private final Owner owner;
  private @Nullable Leg upstream;
  private @Nullable ByteBuf waiting;
  private boolean accepting = true;

  public Relay(Leg client, Owner owner) {
    this.client = client;
    this.owner = owner;
  }

  /** Whether the client may be read on. */
  public boolean isAccepting() {
    return accepting;
  }

  /** Takes a message of the client's. */
  public void toUpstream(Message message) {
    if (upstream != null) {
      upstream.forward(message);
    } else {
      keep(message);
    }
  }

  private void keep(Message message) {
    if (waiting == null) {
      waiting = client.channel().alloc().buffer(message.length());
    }
    message.copyTo(waiting);
    if (waiting.readableBytes() >= MAX_WAITING_BYTES) {
      setAccepting(false);
    }
  }

  /** The upstream is open: what waited goes out, behind {@code prelude}. */
  public void open(Leg opened, Iterable<String> prelude) {
    upstream = opened;
    prelude.forEach(opened::send);
    if (waiting != null) {
      opened.forward(waiting);
      waiting = null;
      opened.flush();
    }
    setAccepting(opened.isWritable());
    opened.setReading(client.isWritable());
  }

  /** The client's burst has been read. */
  public void flushUpstream() {
    if (upstream != null) {
      upstream.flush();
    }
  }

  /** The client takes bytes again, or no more for now. */
  public void setClientWritable(boolean writable) {
    if (upstream != null) {
      upstream.setReading(writable);
    }
  }

  /** Ends the upstream, and forgets what waited for it. */
  public void close(CloseReason reason) {
    if (upstream != null) {
      upstream.close(reason);
    }
    if (waiting != null) {
      waiting.release();
      waiting = null;
    }
  }

  @Override
  public void onMessage(Message message) {
    client.forward(message);
  }

  @Override
  public void onBurstEnd() {
    client.flush();
  }

  @Override
  public void onWritabilityChanged(boolean writable) {
    setAccepting(writable);
  }

  @Override
  public void onClosed(CloseReason reason) {
    client.flush();
    owner.onUpstreamClosed(reason);
  }

  @Override
  public void onFailed(CloseReason reason) {
    client.flush();
    owner.onUpstreamClosed(CloseReason.lost());
  }

  private void setAccepting(boolean now) {
    if (accepting != now) {
      accepting = now;
      owner.onAcceptingChanged();
    }
  }
}
