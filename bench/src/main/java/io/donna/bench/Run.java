package io.donna.bench;

import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.util.concurrent.TimeUnit;

/**
 * What load and upstream share: one event loop, so that counts need no locks and both ends of a
 * relay read one clock.
 */
record Run(EventLoop loop, Sockets sockets, Load load, Tally tally, Alarm alarm) {
  static Run of(Load load) {
    Sockets sockets = Sockets.best();
    return new Run(sockets.eventLoop(), sockets, load, new Tally(), new Alarm());
  }

  /** Above this a connection counts as one its peer no longer keeps up with. */
  WriteBufferWaterMark waiting() {
    int high = Math.max(1 << 20, 4 * load.upward().message().text().length);
    return new WriteBufferWaterMark(high / 2, high);
  }

  /** Ends the event loop and all connections on it. */
  void stop() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
