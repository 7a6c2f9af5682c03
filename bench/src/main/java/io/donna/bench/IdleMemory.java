package io.donna.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Measures the resident memory of idle sessions: without sessions, with 1,000, and with all. */
final class IdleMemory {
  private static final int FIRST = 1_000;
  private static final Duration SETTLE = Duration.ofSeconds(2);

  private final Lab lab;
  private final int sessions;

  IdleMemory(Lab lab, int sessions) {
    this.lab = lab;
    this.sessions = Descriptors.sessions(sessions);
  }

  void run(Findings findings) {
    int port = Launcher.freePort();
    int first = Math.min(FIRST, sessions);
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("peer", "base MB", first + " MB", sessions + " MB", "kB/session beyond the base"));
    for (Contender contender : lab.contenders()) {
      Peer peer = lab.start(contender, port);
      long base = settled(peer);
      try (Bout bout =
          lab.bout(peer, port, Load.voice(sessions, Duration.ZERO, Duration.ofSeconds(1)))) {
        bout.open(first);
        long some = settled(peer);
        bout.open(sessions);
        long all = settled(peer);
        double each = (double) (all - base) / sessions;
        rows.add(
            List.of(peer.name(), megabytes(base), megabytes(some), megabytes(all), kilo(each)));
        findings.add("idle.base", true, peer.name(), (double) base);
        findings.add("idle.session", true, peer.name(), each);
        bout.leave();
      } catch (BenchmarkFailed failed) {
        throw new BenchmarkFailed(failed.getMessage() + "\n" + peer.account());
      }
      peer.stop();
    }
    lab.say(Table.format(rows));
  }

  private static long settled(Peer peer) {
    new Alarm().sleep(SETTLE);
    return peer.processes().residentBytes();
  }

  private static String megabytes(long bytes) {
    return Report.decimal(bytes / 1e6, 1);
  }

  private static String kilo(double bytes) {
    return Report.decimal(bytes / 1e3, 1);
  }
}
