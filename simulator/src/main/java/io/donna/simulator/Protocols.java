package io.donna.simulator;

import io.donna.simulator.live.LiveProtocol;
import io.donna.simulator.protocol.Protocol;
import io.donna.simulator.protocol.SessionRequest;
import io.donna.simulator.realtime.RealtimeProtocol;
import io.donna.simulator.transcription.TranscriptionProtocol;
import io.donna.simulator.translation.TranslationProtocol;
import java.util.List;
import java.util.Optional;

/** The protocols that the simulator speaks. */
final class Protocols {
  private static final List<Protocol> TABLE =
      List.of(
          new RealtimeProtocol(),
          new TranscriptionProtocol(),
          new TranslationProtocol(),
          new LiveProtocol());

  private Protocols() {}

  /** The protocol of the session that a request opens; empty if there is none at its path. */
  static Optional<Protocol> serving(SessionRequest request) {
    return TABLE.stream().filter(protocol -> protocol.serves(request)).findFirst();
  }
}
