package io.donna.gateway.telemetry.otel;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the trace context header (W3C Trace Context, 3.2). */
final class TraceParent {
  /** A request must have one such header only; of later versions, this much is defined. */
  private static final int LONGEST = 512;

  /** Shows trace context alone: what {@code tracestate} holds, a client chose. */
  private static final TextMapGetter<String> HEADER =
      new TextMapGetter<>() {
        @Override
        public @Nullable String get(@Nullable String value, String key) {
          return key.equals("traceparent") ? value : null;
        }
      };

  private TraceParent() {}

  /** The context that a request states; an empty one if it states none, several or a wrong one. */
  static Context of(List<String> values) {
    if (values.size() != 1 || values.getFirst().length() > LONGEST) {
      return Context.root();
    }
    return W3CTraceContextPropagator.getInstance()
        .extract(Context.root(), values.getFirst(), HEADER);
  }
}
