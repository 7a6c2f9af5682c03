package io.donna.bench;

import java.util.Optional;

/**
 * A relay under test, or none, as the baseline for a relay's added latency.
 *
 * @param process empty if there is no relay
 * @param tls empty if clients connect without TLS
 * @param token the token a client must send first; empty if the peer requires none
 * @param adminPort where a gateway serves its metrics; empty of other peers
 */
record Peer(
    String name,
    int port,
    Optional<Child> process,
    Optional<String> token,
    Optional<Tls> tls,
    Optional<Integer> adminPort) {
  static final String DIRECT = "direct";

  static Peer none(int upstreamPort) {
    return new Peer(
        DIRECT,
        upstreamPort,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  ProcessTree processes() {
    return process.map(Child::tree).orElse(ProcessTree.EMPTY);
  }

  /** The peer's state and last output, for diagnosis. */
  String account() {
    return process.map(Child::account).orElse("there was no relay");
  }

  void stop() {
    process.ifPresent(Child::stop);
  }
}
