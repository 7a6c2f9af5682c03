package io.donna.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Measures the messages per second that a peer relays upstream when its clients send without pause.
 */
final class FloodContest {
  private final Lab lab;
  private final Load load;

  FloodContest(Lab lab, Load load) {
    this.lab = lab;
    this.load = load;
  }

  void run(Findings findings) {
    int port = Launcher.freePort();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("peer", "messages/s", "peer busy", "CPU us/message"));
    for (Contender contender : lab.contenders()) {
      Peer peer = lab.start(contender, port);
      List<Measurement> rounds = new ArrayList<>();
      for (int round = 0; round < lab.timing().rounds(); round++) {
        rounds.add(measure(peer, port));
      }
      peer.stop();
      double rate = Spread.of(rounds, Measurement::messagesPerSecond).median();
      double busy = Spread.of(rounds, Measurement::busy).median();
      double cpu = Spread.of(rounds, Measurement::cpuMicrosPerMessage).median();
      rows.add(
          List.of(
              peer.name(),
              // A peer that is not fully busy was limited by the load, so its rate is a lower
              // bound.
              (busy < 0.93 ? "> " : "") + Report.decimal(rate, 0),
              Report.decimal(100 * busy, 0) + " %",
              Report.decimal(cpu, 1)));
      findings.add("flood.rate", false, peer.name(), rate);
      findings.add("flood.cpu", true, peer.name(), cpu);
    }
    lab.say(Table.format(rows));
  }

  private Measurement measure(Peer peer, int port) {
    try (Bout bout = lab.bout(peer, port, load)) {
      Run run = bout.run();
      bout.open(load.sessions());
      List<Flood> floods = bout.clients().stream().map(Client::flood).toList();
      run.loop().execute(() -> floods.forEach(Flood::start));
      run.alarm().sleep(load.warmup());
      ProcessTree processes = peer.processes();
      Reading before = bout.onLoop(() -> Reading.take(run.tally(), processes));
      run.alarm().sleep(load.window());
      Measurement measured = bout.onLoop(() -> before.measureUntilNow(run.tally(), processes));
      run.loop().execute(() -> floods.forEach(Flood::stop));
      bout.await(() -> run.tally().underway() == 0, "did not deliver every message");
      bout.leave();
      return measured;
    } catch (BenchmarkFailed failed) {
      throw new BenchmarkFailed(failed.getMessage() + "\n" + peer.account());
    }
  }
}
