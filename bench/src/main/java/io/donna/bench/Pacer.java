package io.donna.bench;

import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends the messages of one connection at a fixed rate. Confined to the event loop. */
final class Pacer {
  private final Channel channel;
  private final FrameTemplate frame;
  private final int session;
  private final Tally tally;
  private final Alarm alarm;
  private int sequence;
  private @Nullable ScheduledFuture<?> schedule;

  Pacer(Channel channel, FrameTemplate frame, int session, Tally tally, Alarm alarm) {
    this.channel = channel;
    this.frame = frame;
    this.session = session;
    this.tally = tally;
    this.alarm = alarm;
  }

  void start(Duration phase, Duration interval) {
    schedule =
        channel
            .eventLoop()
            .scheduleAtFixedRate(
                this::send, phase.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  void stop() {
    if (schedule != null) {
      schedule.cancel(false);
    }
  }

  private void send() {
    if (!channel.isWritable()) {
      // Costs per message are not comparable if a peer relays less than the offered load.
      alarm.raise(new NotKeptUp("the peer does not keep up: megabytes wait in session " + session));
      stop();
      return;
    }
    Stamp stamp = new Stamp(session, sequence++, System.nanoTime());
    var _ = channel.writeAndFlush(frame.stamped(stamp, channel.alloc()), channel.voidPromise());
    tally.countSent();
  }
}
