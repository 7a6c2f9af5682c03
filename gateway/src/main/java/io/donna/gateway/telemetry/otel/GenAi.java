package io.donna.gateway.telemetry.otel;

import io.donna.gateway.config.UpstreamSettings;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.List;

/** Names of OpenTelemetry's GenAI conventions, and one of the gateway's own. */
final class GenAi {
  static final AttributeKey<String> OPERATION = AttributeKey.stringKey("gen_ai.operation.name");
  static final AttributeKey<String> PROVIDER = AttributeKey.stringKey("gen_ai.provider.name");
  static final AttributeKey<String> REQUEST_MODEL = AttributeKey.stringKey("gen_ai.request.model");
  static final AttributeKey<String> RESPONSE_MODEL =
      AttributeKey.stringKey("gen_ai.response.model");
  static final AttributeKey<String> RESPONSE_ID = AttributeKey.stringKey("gen_ai.response.id");
  static final AttributeKey<String> OUTPUT_TYPE = AttributeKey.stringKey("gen_ai.output.type");
  static final AttributeKey<List<String>> FINISH_REASONS =
      AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");
  static final AttributeKey<String> REALTIME_SESSION =
      AttributeKey.stringKey("gen_ai.realtime_session.id");
  static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
  private static final AttributeKey<String> ADDRESS = AttributeKey.stringKey("server.address");
  private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");

  /** The ID that all log lines of the session have. */
  static final AttributeKey<String> SESSION = AttributeKey.stringKey("session.id");

  static final String USAGE = "gen_ai.usage.";
  static final String GENERATION = "realtime_inference";
  static final String SPEECH = "user_speech";
  static final String STARTED = "gen_ai.client.realtime_session.started";
  static final String ENDED = "gen_ai.client.realtime_session.ended";

  private GenAi() {}

  /** What all signals of an upstream have in common. */
  static Attributes of(UpstreamSettings server, String model, String session) {
    AttributesBuilder attributes = Attributes.builder();
    attributes.put(PROVIDER, server.provider());
    attributes.put(REQUEST_MODEL, model);
    attributes.put(ADDRESS, server.host());
    attributes.put(PORT, (long) server.port());
    attributes.put(SESSION, session);
    return attributes.build();
  }
}
