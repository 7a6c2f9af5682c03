package io.donna.gateway.protocol.transcription;

import io.donna.gateway.calls.Call;
import io.donna.gateway.config.Api;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.protocol.ClientTrafficCounter;
import io.donna.gateway.protocol.ConnectionTerms;
import io.donna.gateway.protocol.ProtocolInspectors;
import io.donna.gateway.protocol.realtime.RealtimeInspectors;
import io.donna.gateway.telemetry.LoopCounters;
import java.util.List;
import java.util.function.Supplier;

/**
 * The inspectors of transcription sessions. Their events are a part of Realtime's, so policy and
 * meter are the same, by the rules of this type of session. Safe from any thread.
 */
public final class TranscriptionInspectors implements ProtocolInspectors {
  @Override
  public List<Inspector> judging(ConnectionTerms terms) {
    return RealtimeInspectors.judging(
        terms, guards -> guards.transcriptInspector(terms.tier(), terms.judgedSession()));
  }

  /** Nobody waits for an answer, so there are no turns to follow. */
  @Override
  public Inspector following(Call call, LoopCounters counters, Supplier<Call.Usage> usage) {
    return new ClientTrafficCounter(counters, Api.TRANSCRIPTION);
  }
}
