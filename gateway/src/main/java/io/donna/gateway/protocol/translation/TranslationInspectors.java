package io.donna.gateway.protocol.translation;

import io.donna.gateway.calls.Call;
import io.donna.gateway.config.Api;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.protocol.ClientTrafficCounter;
import io.donna.gateway.protocol.ConnectionTerms;
import io.donna.gateway.protocol.ProtocolInspectors;
import io.donna.gateway.telemetry.LoopCounters;
import java.util.List;
import java.util.function.Supplier;

/**
 * The inspectors of translation sessions. A tier with guards opens none, so there is none of a
 * guard's. Safe from any thread.
 */
public final class TranslationInspectors implements ProtocolInspectors {
  @Override
  public List<Inspector> judging(ConnectionTerms terms) {
    return List.of(
        new TranslationInspector(terms.session(), terms.tier()),
        terms.bill().streamMeter(terms.model(), terms.budgets()));
  }

  /** A stream has no turns to follow. */
  @Override
  public Inspector following(Call call, LoopCounters counters, Supplier<Call.Usage> usage) {
    return new ClientTrafficCounter(counters, Api.TRANSLATION);
  }
}
