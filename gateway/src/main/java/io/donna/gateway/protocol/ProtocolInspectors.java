package io.donna.gateway.protocol;

import io.donna.gateway.calls.Call;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.telemetry.LoopCounters;
import io.donna.gateway.telemetry.UpstreamTrace;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Makes the inspectors of one upstream connection, which read a protocol's events. */
public interface ProtocolInspectors {
  /** Those that judge and meter, from the client's end on. */
  List<Inspector> judging(ConnectionTerms terms);

  /**
   * The one at the client's end that follows the conversation and counts messages.
   *
   * @param usage of the session so far
   */
  Inspector following(Call call, LoopCounters counters, Supplier<Call.Usage> usage);

  /**
   * The one at the upstream's end that traces what a model generates; empty where nothing is
   * traced.
   *
   * @param trace begins the trace of an upstream with this model
   */
  default Optional<Inspector> tracing(Function<String, UpstreamTrace> trace) {
    return Optional.empty();
  }
}
