package io.donna.gateway.telemetry.otel;

import io.donna.gateway.telemetry.GenerationTrace;
import io.donna.gateway.telemetry.UpstreamTrace;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A span for each generation of an upstream, and events where its session begins and ends. Confined
 * to the session's event loop.
 */
final class OtelUpstreamTrace implements UpstreamTrace {
  private final Tracer tracer;
  private final Logger events;
  private final Context parent;
  private final boolean userSpeech;
  private final String model;
  private Attributes common;
  private Optional<String> responseModel = Optional.empty();
  private boolean begun;
  private @Nullable Span speech;

  /**
   * Follows an upstream.
   *
   * @param common attributes of all its spans and events
   */
  OtelUpstreamTrace(
      Tracer tracer,
      Logger events,
      Context parent,
      boolean userSpeech,
      String model,
      Attributes common) {
    this.tracer = tracer;
    this.events = events;
    this.parent = parent;
    this.userSpeech = userSpeech;
    this.model = model;
    this.common = common;
  }

  @Override
  public void began(Optional<String> id, Optional<String> stated) {
    if (begun) {
      return; // an upstream begins once, whatever it says
    }
    begun = true;
    responseModel = stated;
    id.ifPresent(
        session -> common = common.toBuilder().put(GenAi.REALTIME_SESSION, session).build());
    emit(GenAi.STARTED);
  }

  private void emit(String name) {
    events
        .logRecordBuilder()
        .setContext(parent)
        .setEventName(name)
        .setSeverity(Severity.INFO)
        .setAllAttributes(common)
        .emit();
  }

  private SpanBuilder span(String name, String operation, SpanKind kind) {
    return tracer
        .spanBuilder(name)
        .setParent(parent)
        .setSpanKind(kind)
        .setAllAttributes(common)
        .setAttribute(GenAi.OPERATION, operation);
  }

  @Override
  public void speechStarted() {
    if (userSpeech) {
      // One that was never seen to stop is not exported: its length is unknown.
      speech = span(GenAi.SPEECH, GenAi.SPEECH, SpanKind.INTERNAL).startSpan();
    }
  }

  @Override
  public void speechStopped() {
    if (speech != null) {
      speech.end();
      speech = null;
    }
  }

  @Override
  public GenerationTrace generation(Optional<String> responseId, Optional<String> outputType) {
    SpanBuilder builder = span(GenAi.GENERATION + " " + model, GenAi.GENERATION, SpanKind.CLIENT);
    responseId.ifPresent(id -> builder.setAttribute(GenAi.RESPONSE_ID, id));
    outputType.ifPresent(type -> builder.setAttribute(GenAi.OUTPUT_TYPE, type));
    Span span = builder.startSpan();
    return end -> end(span, end);
  }

  private void end(Span span, GenerationTrace.End end) {
    span.setAttribute(GenAi.FINISH_REASONS, List.of(end.finishReason()));
    end.model()
        .or(() -> responseModel)
        .ifPresent(name -> span.setAttribute(GenAi.RESPONSE_MODEL, name));
    end.usage().forEach((name, tokens) -> span.setAttribute(GenAi.USAGE + name, tokens));
    end.error()
        .ifPresent(error -> {
          span.setAttribute(GenAi.ERROR, error);
          span.setStatus(StatusCode.ERROR);
        });
    span.end();
  }

  @Override
  public void ended() {
    speech = null;
    if (begun) {
      emit(GenAi.ENDED);
    }
  }
}
