package io.donna.gateway.edge;

import io.donna.gateway.websocket.HeldBytes;
import io.donna.gateway.websocket.Holding;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * Counts what has arrived on a connection that is no WebSocket yet and may still be held: of the
 * PROXY protocol's header, a TLS handshake, a request. First in the pipeline, so that it need not
 * know which. Where there is no memory for it, the connection ends. Confined to the event loop.
 */
final class ArrivedBytes extends ChannelInboundHandlerAdapter implements Holding.Owner {
  private final Holding holding;
  private final PendingConnections pending;
  private @Nullable ChannelHandlerContext context;
  private long bytes;

  ArrivedBytes(HeldBytes held, PendingConnections pending) {
    this.holding = new Holding(held, this);
    this.pending = pending;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void channelRead(ChannelHandlerContext reading, Object read) {
    bytes += ((ByteBuf) read).readableBytes();
    reading.fireChannelRead(read);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext reading) {
    if (holding.set(bytes)) {
      pending.setBytes(reading.channel(), bytes); // which may send it away
      reading.fireChannelReadComplete();
    } else {
      reading.close();
    }
  }

  /** A whole request has been taken; what is left of the arrivals takes this much memory. */
  void settle(int left) {
    bytes = left;
  }

  /** What has arrived was read, and no more of it than this is kept. */
  void settleAtMost(int kept) {
    bytes = Math.min(bytes, kept);
  }

  @Override
  public void letGo() {
    if (context != null) {
      context.close();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext removed) {
    holding.set(0);
  }
}
