package io.donna.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures peers in turn, so that other activity on the machine affects them equally. All peers
 * keep running, so a JVM stays warm while another peer is under load.
 */
final class Contest {
  private final Lab lab;
  private final Load load;
  private boolean direct;

  Contest(Lab lab, Load load) {
    this.lab = lab;
    this.load = load;
  }

  /** Also measures the load without a relay, for its own latency. */
  Contest withDirect() {
    direct = true;
    return this;
  }

  void run(String name, Findings findings) {
    int port = Launcher.freePort();
    List<Peer> peers = lab.startAll(port);
    if (direct) {
      peers.addFirst(Peer.none(port));
    }
    peers.forEach(peer -> settle(peer, port));
    Map<String, List<Measurement>> results = new LinkedHashMap<>();
    List<Peer> able = new ArrayList<>(peers);
    for (int round = 0; round < lab.timing().rounds(); round++) {
      for (Peer peer : List.copyOf(able)) {
        try {
          results.computeIfAbsent(peer.name(), key -> new ArrayList<>()).add(measure(peer, port));
        } catch (NotKeptUp tooMuch) {
          able.remove(peer);
          results.remove(peer.name());
          lab.say(peer.name() + ": " + tooMuch.getMessage());
        }
      }
    }
    peers.forEach(Peer::stop);
    lab.say(Report.table(results));
    lab.say(Report.byRound(results));
    results.forEach((peer, rounds) -> findings.addRounds(name, peer, rounds));
    List<Measurement> without = results.get(Peer.DIRECT);
    if (without != null) {
      results.remove(Peer.DIRECT);
      results.forEach((peer, rounds) -> findings.addAddedLatency(name, peer, rounds, without));
    }
  }

  /**
   * Loads the peer until its runtime has compiled the hot code, so that rounds measure steady
   * state.
   */
  void settle(Peer peer, int port) {
    Duration settling = lab.timing().settling();
    if (settling.isZero() || peer.name().equals(Peer.DIRECT)) {
      return;
    }
    try {
      measure(peer, port, load.heavierFor(settling));
    } catch (NotKeptUp tooMuch) {
      // The peer was still kept busy, which is the purpose of this step.
    }
  }

  Measurement measure(Peer peer, int port) {
    return measure(peer, port, load);
  }

  private Measurement measure(Peer peer, int port, Load load) {
    try (Bout bout = lab.bout(peer, port, load)) {
      return new Round(bout).measure();
    } catch (NotKeptUp tooMuch) {
      throw tooMuch;
    } catch (BenchmarkFailed failed) {
      throw new BenchmarkFailed(failed.getMessage() + "\n" + peer.account());
    }
  }
}
