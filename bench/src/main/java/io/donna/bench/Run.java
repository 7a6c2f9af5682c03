package io.donna.bench;

import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;

/**
 * What load and upstream share: one event loop, so that counts need no locks and both ends of a
 * relay read one clock.
 */
record Run(EventLoop loop, Load load, Tally tally, Alarm alarm) {
  /** Above this a connection counts as one its peer no longer keeps up with. */
  static final WriteBufferWaterMark WAITING = new WriteBufferWaterMark(1 << 19, 1 << 20);
}
