package io.donna.gateway.websocket;

import io.netty.channel.Channel;
import java.time.Duration;

/**
 * Whether a peer is alive, by checks at intervals: it has been heard within the keep-alive time,
 * finishes its messages and takes what it is sent within the stall time. Confined to the channel's
 * event loop.
 */
final class Liveness {
  /** The result of a check. */
  enum Finding {
    ALIVE,
    /** The peer is silent: it must be pinged, which counts as done. */
    PING,
    /** The peer has been silent for the keep-alive time, without even a pong. */
    GONE,
    /** The peer has taken nothing of what waits for it for the stall time. */
    NOT_TAKING,
    /** The peer has left a message unfinished, and sent nothing, for the stall time. */
    NOT_FINISHING
  }

  /** How often within each timeout a peer is checked, and a silent one pinged. */
  private static final int CHECKS = 4;

  private final Channel channel;
  private final long keepAliveNanos;
  private final long intervalNanos;
  private final StallDetector sending;
  private final StallDetector taking;

  private boolean heard;
  private long heardAt;
  private long pingedAt;
  private long received;

  /**
   * @param keepAlive how long the peer may be silent
   * @param stall how long it may leave a message unfinished, or not take what waits for it
   */
  Liveness(Channel channel, Duration keepAlive, Duration stall) {
    this.channel = channel;
    this.keepAliveNanos = keepAlive.toNanos();
    long stallNanos = stall.toNanos();
    this.intervalNanos = Math.min(keepAliveNanos, stallNanos) / CHECKS;
    this.sending = new StallDetector(stallNanos);
    this.taking = new StallDetector(stallNanos);
    this.heardAt = now();
    this.pingedAt = heardAt;
  }

  /** How long after one check the next is due. */
  long intervalNanos() {
    return intervalNanos;
  }

  /** Notes that {@code bytes} have arrived. */
  void onReceived(int bytes) {
    heard = true;
    received += bytes;
  }

  /** Notes that a message is complete. */
  void onFinished() {
    sending.clear();
  }

  /** Notes that the peer has taken what waited: one that reads is alive, even if it is silent. */
  void onWritable() {
    heard = true;
    taking.clear();
  }

  /**
   * Checks the peer.
   *
   * @param open whether the WebSocket is open: if not, the peer need only not be silent
   * @param reading whether it is read: one that is not, as the other leg is full, is not silent
   * @param unfinished whether a part of a message has arrived
   */
  Finding check(boolean open, boolean reading, boolean unfinished) {
    long now = now();
    if (heard || !reading) {
      heard = false;
      heardAt = now;
    }
    // Checks run some microseconds late, never early.
    long silent = now - heardAt + intervalNanos / 2;
    if (silent >= keepAliveNanos) {
      return Finding.GONE;
    }
    if (!open) {
      return Finding.ALIVE;
    }
    // While the channel is not writable no bytes are added, so the rest tells how many were taken.
    if (!channel.isWritable() && taking.isStalled(-channel.bytesBeforeWritable(), now)) {
      return Finding.NOT_TAKING;
    }
    if (!unfinished || !reading) {
      sending.clear();
    } else if (sending.isStalled(received, now)) {
      return Finding.NOT_FINISHING;
    }
    boolean due = silent >= keepAliveNanos / CHECKS && now - pingedAt >= keepAliveNanos / CHECKS;
    if (due && channel.isWritable()) {
      pingedAt = now;
      return Finding.PING;
    }
    return Finding.ALIVE;
  }

  private long now() {
    return channel.eventLoop().ticker().nanoTime();
  }
}
