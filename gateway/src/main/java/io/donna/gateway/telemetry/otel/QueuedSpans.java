package io.donna.gateway.telemetry.otel;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;

/** Spans on their way through an {@link ExportQueue}. */
final class QueuedSpans {
  private QueuedSpans() {}

  /** Passes to {@code next} the spans for which there is room. */
  static SpanProcessor bounded(SpanProcessor next, ExportQueue queue) {
    return new SpanProcessor() {
      @Override
      public void onStart(Context parent, ReadWriteSpan span) {
        next.onStart(parent, span);
      }

      @Override
      public boolean isStartRequired() {
        return next.isStartRequired();
      }

      @Override
      public void onEnd(ReadableSpan span) {
        if (span.getSpanContext().isSampled() && queue.take()) {
          next.onEnd(span);
        }
      }

      @Override
      public boolean isEndRequired() {
        return true;
      }

      @Override
      public CompletableResultCode shutdown() {
        return next.shutdown();
      }

      @Override
      public CompletableResultCode forceFlush() {
        return next.forceFlush();
      }
    };
  }

  /** Tells {@code queue} what {@code next} has exported. */
  static SpanExporter counted(SpanExporter next, ExportQueue queue) {
    return new SpanExporter() {
      @Override
      public CompletableResultCode export(Collection<SpanData> spans) {
        return queue.export(spans.size(), next.export(spans));
      }

      @Override
      public CompletableResultCode flush() {
        return next.flush();
      }

      @Override
      public CompletableResultCode shutdown() {
        return next.shutdown();
      }
    };
  }
}
