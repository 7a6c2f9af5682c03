package io.donna.bench;

import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.util.concurrent.TimeUnit;

/**
 * The state shared by load and upstream. With a single event loop, counts need no locks and both
 * ends of a relay read the same clock.
 */
record Run(EventLoop loop, Sockets sockets, Load load, Tally tally, Alarm alarm) {
  static Run of(Load load) {
    Sockets sockets = Sockets.best();
    return new Run(sockets.eventLoop(), sockets, load, new Tally(), new Alarm());
  }

  /** The write buffer limit above which a peer counts as not keeping up. */
  WriteBufferWaterMark waiting() {
    int high = Math.max(1 << 20, 4 * load.upward().message().text().length);
    return new WriteBufferWaterMark(high / 2, high);
  }

  /** Stops the event loop and all connections on it. */
  void stop() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
