package io.donna.gateway.protocol.realtime;

import io.donna.gateway.calls.Call;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.guard.Guards;
import io.donna.gateway.protocol.ConnectionTerms;
import io.donna.gateway.protocol.ProtocolInspectors;
import io.donna.gateway.telemetry.LoopCounters;
import io.donna.gateway.telemetry.UpstreamTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** The inspectors of Realtime sessions. Safe from any thread. */
public final class RealtimeInspectors implements ProtocolInspectors {
  @Override
  public List<Inspector> judging(ConnectionTerms terms) {
    return judging(terms, guards -> guards.inspector(terms.tier(), terms.judgedSession()));
  }

  /**
   * The inspectors of a protocol whose events are Realtime's, or a part of them.
   *
   * @param guard makes the guard's inspector; empty if the tier has no guards
   */
  public static List<Inspector> judging(
      ConnectionTerms terms, Function<Guards, Optional<Inspector>> guard) {
    List<Inspector> chain = new ArrayList<>();
    if (!terms.aliases().isEmpty()) {
      chain.add(new ModelNames(terms.aliases()));
    }
    terms.policy().ifPresent(chain::add);
    terms.guards().flatMap(guard).ifPresent(chain::add);
    chain.add(terms.bill().meter(terms.model(), terms.budgets()));
    return chain;
  }

  @Override
  public Inspector following(Call call, LoopCounters counters, Supplier<Call.Usage> usage) {
    return new CallInspector(call, counters, usage);
  }

  @Override
  public Optional<Inspector> tracing(Function<String, UpstreamTrace> trace) {
    return Optional.of(new TraceInspector(trace));
  }
}
