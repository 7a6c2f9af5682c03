package io.donna.bench;

import java.util.Optional;

/**
 * A relay under test, or none: the way without one, which a relay's latency is added to.
 *
 * @param process empty where there is no relay
 * @param tls empty where clients talk to it in the clear
 * @param token what a client authenticates with before the relay runs, where the peer asks for it
 */
record Peer(
    String name, int port, Optional<Child> process, Optional<String> token, Optional<Tls> tls) {
  static final String DIRECT = "direct";

  static Peer none(int upstreamPort) {
    return new Peer(DIRECT, upstreamPort, Optional.empty(), Optional.empty(), Optional.empty());
  }

  ProcessTree processes() {
    return process.map(Child::tree).orElse(ProcessTree.EMPTY);
  }

  /** For the person who has to find out why it failed. */
  String account() {
    return process.map(Child::account).orElse("there was no relay");
  }

  void stop() {
    process.ifPresent(Child::stop);
  }
}
