package io.donna.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads one peer once: opens the sessions, warms the peer up, measures, waits for the last message
 * and closes the sessions.
 */
final class Round {
  private final Bout bout;
  private final Run run;

  Round(Bout bout) {
    this.bout = bout;
    this.run = bout.run();
  }

  /** Throws {@link BenchmarkFailed} if a message is lost, altered or later than the timeout. */
  Measurement measure() {
    bout.open(run.load().sessions());
    List<Pacer> pacers = bout.onLoop(this::start);
    run.alarm().sleep(run.load().warmup());
    ProcessTree processes = bout.peer().processes();
    Reading before = bout.onLoop(() -> Reading.take(run.tally(), processes));
    run.alarm().sleep(run.load().window());
    Measurement measured = bout.onLoop(() -> before.measureUntilNow(run.tally(), processes));
    run.loop().execute(() -> pacers.forEach(Pacer::stop));
    bout.await(() -> run.tally().underway() == 0, "did not deliver every message");
    bout.leave();
    checkFull(measured);
    return measured;
  }

  /**
   * Rejects a result at less than the full load, because costs at different loads are not
   * comparable.
   */
  private void checkFull(Measurement measured) {
    long offered = Math.round(run.load().offeredPerSecond());
    long relayed = Math.round(measured.messagesPerSecond());
    // A round of a second may miss or gain a few messages. An excessive load falls far short.
    if (relayed < 0.9 * offered) {
      throw new NotKeptUp(
          "of %d messages a second %d were relayed: peer or load is at its limit, offer less"
              .formatted(offered, relayed));
    }
  }

  /** Starts the pacers of all sessions, on the event loop. */
  List<Pacer> start() {
    List<Pacer> upward = bout.clients().stream().map(Client::upward).toList();
    startSpread(upward, run.load().upward().interval());
    List<Pacer> all = new ArrayList<>(upward);
    run.load()
        .downward()
        .ifPresent(flow -> {
          FrameTemplate frame = FrameTemplate.unmasked(flow.message());
          List<Pacer> downward = new ArrayList<>();
          for (UpstreamSession session : bout.upstream().sessions()) {
            downward.add(session.downward(frame, downward.size()));
          }
          startSpread(downward, flow.interval());
          all.addAll(downward);
        });
    return all;
  }

  /** Spreads the phases evenly over the interval, as those of independent speakers are. */
  private static void startSpread(List<Pacer> pacers, Duration interval) {
    for (int i = 0; i < pacers.size(); i++) {
      pacers.get(i).start(interval.multipliedBy(i).dividedBy(pacers.size()), interval);
    }
  }
}
