package io.donna.gateway.telemetry.otel;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.LogRecordProcessor;
import io.opentelemetry.sdk.logs.ReadWriteLogRecord;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import java.util.Collection;

/** Events on their way through an {@link ExportQueue}. */
final class QueuedEvents {
  private QueuedEvents() {}

  /** Passes to {@code next} the events for which there is room. */
  static LogRecordProcessor bounded(LogRecordProcessor next, ExportQueue queue) {
    return new LogRecordProcessor() {
      @Override
      public void onEmit(Context context, ReadWriteLogRecord event) {
        if (queue.take()) {
          next.onEmit(context, event);
        }
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
  static LogRecordExporter counted(LogRecordExporter next, ExportQueue queue) {
    return new LogRecordExporter() {
      @Override
      public CompletableResultCode export(Collection<LogRecordData> events) {
        return queue.export(events.size(), next.export(events));
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
