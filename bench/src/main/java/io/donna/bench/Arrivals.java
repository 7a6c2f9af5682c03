package io.donna.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures new sessions per second. A session includes the TCP connection, the upgrade, the token
 * if the peer requires one, the upgrade and first event of the upstream, and the closing handshake.
 * Enough sessions are opened concurrently to keep a peer busy.
 */
final class Arrivals {
  private static final int AT_A_TIME = 32;

  private final Lab lab;
  private final Load load;

  Arrivals(Lab lab, Load load) {
    this.lab = lab;
    this.load = load;
  }

  void run(Findings findings) {
    int port = Launcher.freePort();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("peer", "sessions/s", "peer busy", "CPU us/session"));
    for (Contender contender : lab.contenders()) {
      Peer peer = lab.start(contender, port);
      List<Arrived> rounds = new ArrayList<>();
      for (int round = 0; round < lab.timing().rounds(); round++) {
        Duration settling = round == 0 ? lab.timing().settling() : Duration.ZERO;
        rounds.add(measure(peer, port, settling.plus(load.warmup())));
      }
      peer.stop();
      double rate = Spread.of(rounds, Arrived::perSecond).median();
      double busy = Spread.of(rounds, Arrived::busy).median();
      rows.add(
          List.of(
              peer.name(),
              (busy < 0.93 ? "> " : "") + Report.decimal(rate, 0),
              Report.decimal(100 * busy, 0) + " %",
              Report.decimal(1e6 * busy / rate, 0)));
      findings.add("sessions.rate", false, peer.name(), rate);
      findings.add("sessions.cpu", true, peer.name(), busy / rate);
    }
    lab.say(Table.format(rows));
  }

  /** The sessions of a round. */
  record Arrived(long sessions, long nanos, long cpuNanos) {
    double perSecond() {
      return sessions * 1e9 / nanos;
    }

    double busy() {
      return (double) cpuNanos / nanos;
    }

    /** The peer's own time for a session, without what else has its core. */
    double cpuMicros() {
      return cpuNanos / 1e3 / sessions;
    }
  }

  Arrived measure(Peer peer, int port, Duration warmup) {
    try (Bout bout = lab.bout(peer, port, load)) {
      Visits visits = new Visits(bout);
      for (int i = 0; i < AT_A_TIME; i++) {
        bout.run().loop().execute(visits::begin);
      }
      bout.run().alarm().sleep(warmup);
      ProcessTree processes = peer.processes();
      long before = bout.onLoop(() -> visits.done);
      long cpuBefore = processes.cpuNanos();
      long start = System.nanoTime();
      bout.run().alarm().sleep(load.window());
      Arrived arrived =
          new Arrived(
              bout.onLoop(() -> visits.done) - before,
              System.nanoTime() - start,
              processes.cpuNanos() - cpuBefore);
      bout.run().loop().execute(() -> visits.stopped = true);
      bout.await(() -> visits.underway == 0, "did not end every session");
      return arrived;
    } catch (BenchmarkFailed failed) {
      throw new BenchmarkFailed(failed.getMessage() + "\n" + peer.account());
    }
  }

  /** The concurrent sessions, each replaced when it ends. Confined to the event loop. */
  private static final class Visits {
    private final Bout bout;
    private int number;
    private int underway;
    private long done;
    private boolean stopped;

    Visits(Bout bout) {
      this.bout = bout;
    }

    void begin() {
      underway++;
      Client.open(bout.peer(), number++, bout.run())
          .thenCompose(Client::close)
          .thenRun(() -> {
            underway--;
            done++;
            if (!stopped) {
              // Start the next session in a new task: a direct call would grow the stack with every
              // session.
              bout.run().loop().execute(this::begin);
            }
          });
    }
  }
}
