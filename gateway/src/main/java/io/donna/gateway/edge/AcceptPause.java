package io.donna.gateway.edge;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pauses accepting after a failure, for example when the system has no file descriptor left: new
 * connections wait in the backlog, and the event loop does not spin. Confined to the listener's
 * event loop.
 */
public final class AcceptPause extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(AcceptPause.class);

  private static final long PAUSE_MS = 500;

  /** A lasting shortage is logged once in this many pauses. */
  private static final int PAUSES_A_LINE = 120;

  private int pauses;

  @Override
  public void channelRead(ChannelHandlerContext context, Object accepted) {
    if (pauses > 0) {
      LOG.warn("accepting connections again after {} pauses", pauses);
      pauses = 0;
    }
    context.fireChannelRead(accepted);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    ChannelConfig listener = context.channel().config();
    if (!listener.isAutoRead()) {
      return;
    }
    if (pauses++ % PAUSES_A_LINE == 0) {
      // Its own words: no class may be loaded here, as there is no descriptor to open its file
      // with.
      LOG.warn(
          "cannot accept a connection, retrying every {} ms: {}", PAUSE_MS, cause.getMessage());
    }
    listener.setAutoRead(false);
    context.executor().schedule(() -> listener.setAutoRead(true), PAUSE_MS, TimeUnit.MILLISECONDS);
  }
}
