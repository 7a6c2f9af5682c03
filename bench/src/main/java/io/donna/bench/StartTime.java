package io.donna.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Measures the time from process start, on all cores, to the first response of {@code /health}. */
final class StartTime {
  private static final int STARTS = 5;

  private final Lab lab;

  StartTime(Lab lab) {
    this.lab = lab;
  }

  void run(Findings findings) {
    int upstreamPort = Launcher.freePort();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("peer", "ms", "min-max"));
    for (Contender contender : lab.contenders()) {
      // Discard the first start, which may include an installation or a build.
      lab.startUnpinned(contender, upstreamPort).stop();
      List<Duration> times = new ArrayList<>();
      for (int i = 0; i < STARTS; i++) {
        Peer peer = lab.startUnpinned(contender, upstreamPort);
        peer.process().map(Child::startTime).ifPresent(times::add);
        peer.stop();
      }
      Spread spread = Spread.of(times, time -> time.toNanos() / 1e6);
      String name = contender.name().toLowerCase(Locale.ROOT);
      rows.add(
          List.of(
              name,
              Report.decimal(spread.median(), 0),
              Report.decimal(spread.min(), 0) + "-" + Report.decimal(spread.max(), 0)));
      findings.add("start.time", true, name, spread.median());
    }
    lab.say(Table.format(rows));
  }
}
