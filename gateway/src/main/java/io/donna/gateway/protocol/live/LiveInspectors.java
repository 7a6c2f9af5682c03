package io.donna.gateway.protocol.live;

import io.donna.gateway.calls.Call;
import io.donna.gateway.config.Api;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.protocol.ClientTrafficCounter;
import io.donna.gateway.protocol.ConnectionTerms;
import io.donna.gateway.protocol.EndingInspector;
import io.donna.gateway.protocol.Protocol;
import io.donna.gateway.protocol.ProtocolInspectors;
import io.donna.gateway.telemetry.LoopCounters;
import java.util.List;
import java.util.function.Supplier;

/**
 * The inspectors of GPT-Live sessions. A tier with guards opens none, so there is none of a
 * guard's. Safe from any thread.
 */
public final class LiveInspectors implements ProtocolInspectors {
  @Override
  public List<Inspector> judging(ConnectionTerms terms) {
    return List.of(
        new ErrorInspector(),
        new LiveInspector(
            terms.session(),
            () -> new StartRules(terms.session().tier(), terms.aliases(), terms.safetyIdentifier()),
            () -> new BackendRules(terms.session().tier(), terms.aliases())),
        new EndingInspector(Protocol.LIVE.ending().orElseThrow(), EventType.SESSION_STARTED),
        terms.bill().liveMeter(terms.budgets()));
  }

  /** A stream has no turns to follow. */
  @Override
  public Inspector following(Call call, LoopCounters counters, Supplier<Call.Usage> usage) {
    return new ClientTrafficCounter(counters, Api.LIVE);
  }
}
