package io.donna.gateway.edge;

import io.donna.gateway.websocket.BufferedBytesAccount;
import io.donna.gateway.websocket.HeldBytes;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * Accounts for received bytes that are still in memory while a connection is not a WebSocket yet:
 * of the PROXY protocol header, a TLS handshake or a request. First in the pipeline, so it need not
 * distinguish them. Closes the connection if there is no memory for them. Confined to the event
 * loop.
 */
public final class PreUpgradeMemoryHandler extends ChannelInboundHandlerAdapter
    implements BufferedBytesAccount.Owner {
  private final BufferedBytesAccount holding;
  private final PendingConnections pending;
  private @Nullable ChannelHandlerContext context;
  private long bytes;

  public PreUpgradeMemoryHandler(HeldBytes held, PendingConnections pending) {
    this.holding = new BufferedBytesAccount(held, this);
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
      pending.setBytes(reading.channel(), bytes); // may evict the connection
      reading.fireChannelReadComplete();
    } else {
      reading.close();
    }
  }

  /** A complete request has been consumed; the bytes left take this much memory. */
  public void settle(int left) {
    bytes = left;
  }

  /** The bytes received have been read, and at most this many are kept. */
  public void settleAtMost(int kept) {
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
