package io.donna.gateway.telemetry.otel;

import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.OtelSettings;
import io.donna.gateway.telemetry.SessionTrace;
import io.donna.gateway.telemetry.Telemetry;
import io.donna.gateway.telemetry.Tracing;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/**
 * Exports metrics, traces and events by OTLP, as OpenTelemetry's own variables say. Event loops
 * only put what has ended into bounded queues; threads of the SDK send it. Safe from any thread.
 */
public final class OtelExport implements Tracing {
  static final String SCOPE = "io.donna.gateway";

  private static final long FLUSH_SECONDS = 2;

  /** Defaults of the gateway's; the variables come before them. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "otel.service.name", "donna-gateway",
          // The SDK's is grpc, for which it needs another HTTP client.
          "otel.exporter.otlp.protocol", "http/protobuf");

  private final OpenTelemetrySdk sdk;
  private final Tracer tracer;
  private final Logger events;
  private final boolean userSpeech;

  private OtelExport(OpenTelemetrySdk sdk, boolean userSpeech) {
    this.sdk = sdk;
    this.tracer = sdk.getTracerProvider().get(SCOPE);
    this.events = sdk.getLogsBridge().get(SCOPE);
    this.userSpeech = userSpeech;
  }

  /**
   * Starts exporting.
   *
   * @param telemetry whose meters are exported, and which counts what is exported
   * @throws IOException if the SDK rejects a variable
   */
  public static OtelExport start(OtelSettings settings, Telemetry telemetry, Redaction redaction)
      throws IOException {
    SdkLog.begin();
    Resource product = product();
    try {
      return new OtelExport(sdk(settings, telemetry, product), settings.userSpeech());
    } catch (ConfigurationException rejected) {
      throw new IOException(
          "cannot start OpenTelemetry: " + redaction.cut(String.valueOf(rejected.getMessage())));
    }
  }

  private static OpenTelemetrySdk sdk(
      OtelSettings settings, Telemetry telemetry, Resource product) {
    Queues queues = new Queues(telemetry);
    return AutoConfiguredOpenTelemetrySdk.builder()
        .disableShutdownHook() // the gateway flushes when its last session has ended
        .setServiceClassLoader(OtelExport.class.getClassLoader())
        .addPropertiesSupplier(() -> properties(settings))
        // Other formats of parents need more libraries, and a platform may set them for others.
        .addPropertiesCustomizer(config -> Map.of("otel.propagators", "none"))
        .addResourceCustomizer((resource, config) -> product.merge(resource))
        .addSpanProcessorCustomizer(
            (processor, config) -> QueuedSpans.bounded(processor, queues.spans(config)))
        .addSpanExporterCustomizer(
            (exporter, config) -> QueuedSpans.counted(exporter, queues.spans(config)))
        .addLogRecordProcessorCustomizer(
            (processor, config) -> QueuedEvents.bounded(processor, queues.events(config)))
        .addLogRecordExporterCustomizer(
            (exporter, config) -> QueuedEvents.counted(exporter, queues.events(config)))
        .addMeterProviderCustomizer(
            (provider, config) -> provider.registerMetricProducer(new MeterReader(telemetry)))
        .build()
        .getOpenTelemetrySdk();
  }

  private static Map<String, String> properties(OtelSettings settings) {
    Map<String, String> properties = new HashMap<>(DEFAULTS);
    settings
        .variables()
        .forEach((name, value) ->
            properties.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value));
    return properties;
  }

  /** The version, from the file that the build writes. */
  private static Resource product() throws IOException {
    Properties build = new Properties();
    try (InputStream in = OtelExport.class.getResourceAsStream("/donna-build.properties")) {
      build.load(in);
    }
    return Resource.create(
        Attributes.of(
            AttributeKey.stringKey("service.version"), build.getProperty("version", "unknown")));
  }

  @Override
  public SessionTrace session(String id, List<String> traceParents) {
    Context parent = TraceParent.of(traceParents);
    return (server, model) ->
        new OtelUpstreamTrace(
            tracer, events, parent, userSpeech, model, GenAi.of(server, model, id));
  }

  @Override
  public void close() {
    sdk.shutdown().join(FLUSH_SECONDS, TimeUnit.SECONDS);
  }

  /** The queues, made when the SDK has read their sizes. Confined to the thread that starts. */
  private static final class Queues {
    private static final int USUAL_CAPACITY = 2_048;

    private final Telemetry telemetry;
    private final Map<String, ExportQueue> queues = new HashMap<>();

    Queues(Telemetry telemetry) {
      this.telemetry = telemetry;
    }

    ExportQueue spans(ConfigProperties config) {
      return queue("spans", config.getInt("otel.bsp.max.queue.size", USUAL_CAPACITY));
    }

    ExportQueue events(ConfigProperties config) {
      return queue("events", config.getInt("otel.blrp.max.queue.size", USUAL_CAPACITY));
    }

    private ExportQueue queue(String signal, int capacity) {
      return queues.computeIfAbsent(signal, _ -> new ExportQueue(signal, capacity, telemetry));
    }
  }
}
