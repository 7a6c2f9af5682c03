package io.donna.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures peers in alternation, so that what else the machine does meets them alike. All of them
 * keep running: a JVM stays warm while another peer has the load.
 */
final class Contest {
  private final List<Peer> peers;
  private final Upstream upstream;
  private final Run run;

  Contest(List<Peer> peers, Upstream upstream, Run run) {
    this.peers = List.copyOf(peers);
    this.upstream = upstream;
    this.run = run;
  }

  /** Measurements by peer, in the order of the rounds. */
  Map<String, List<Measurement>> run(int rounds) {
    Map<String, List<Measurement>> results = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (Peer peer : peers) {
        results.computeIfAbsent(peer.name(), name -> new ArrayList<>()).add(measure(peer));
      }
    }
    return results;
  }

  private Measurement measure(Peer peer) {
    try {
      return new Round(run, upstream, peer).measure();
    } catch (BenchmarkFailed failed) {
      throw new BenchmarkFailed(failed.getMessage() + "\n" + peer.process().account());
    }
  }
}
