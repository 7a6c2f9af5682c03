package io.donna.gateway.telemetry.otel;

import static io.donna.gateway.kit.TestCollector.attributes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestCollector;
import io.donna.gateway.kit.TestUpstream;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a collector receives of conversations through a gateway. */
class OtelExportTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final String AUDIO = "AAAA".repeat(1_600); // 100 ms of PCM at 24 kHz

  /** Said by both sides, and never to be exported. */
  private static final String SECRET = "xyzzy-plugh-said-in-confidence";

  @AutoClose private final TestCollector collector = TestCollector.start();
  @AutoClose private final TestUpstream upstream = TestUpstream.start();

  private RunningGateway.Builder exporting() {
    return RunningGateway.behind(upstream)
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .with("OTEL_BSP_SCHEDULE_DELAY", 50)
        .with("OTEL_BLRP_SCHEDULE_DELAY", 50)
        .with("OTEL_METRIC_EXPORT_INTERVAL", 200);
  }

  private Talk talk(RunningGateway gateway, String... headers) {
    String[] all =
        Stream.concat(Stream.of(RunningGateway.bearer("ann")), Stream.of(headers))
            .toArray(String[]::new);
    TestClient client = gateway.connectDropIn(all);
    Talk talk = new Talk(client, upstream.take().accept());
    talk.passes(
        "{\"type\":\"session.created\",\"session\":{\"id\":\"sess_1\",\"model\":\"gpt-realtime-2.1-snapshot\","
            + "\"instructions\":\""
            + SECRET
            + "\"}}");
    return talk;
  }

  private static String created(String id) {
    return "{\"type\":\"response.created\",\"response\":{\"id\":\""
        + id
        + "\",\"output_modalities\":[\"audio\"],\"metadata\":{\"a\":\""
        + SECRET
        + "\"}}}";
  }

  private static String audio(String id) {
    return "{\"type\":\"response.output_audio.delta\",\"response_id\":\""
        + id
        + "\",\"delta\":\""
        + AUDIO
        + "\"}";
  }

  private static String words(String id) {
    return "{\"type\":\"response.output_audio_transcript.delta\",\"response_id\":\""
        + id
        + "\",\"delta\":\""
        + SECRET
        + "\"}";
  }

  private static String done(String id, String status, String details) {
    return "{\"type\":\"response.done\",\"response\":{\"id\":\""
        + id
        + "\",\"status\":\""
        + status
        + "\",\"status_details\":"
        + details
        + ",\"output\":[{\"content\":[{\"transcript\":\""
        + SECRET
        + "\"}]}]"
        + ",\"usage\":{\"input_tokens\":100,\"input_token_details\":{\"audio_tokens\":80,"
        + "\"text_tokens\":20,\"cached_tokens\":30,\"cached_tokens_details\":{\"audio_tokens\":25,"
        + "\"text_tokens\":5}},\"output_tokens\":50,\"output_token_details\":{\"audio_tokens\":40,"
        + "\"text_tokens\":10}}}}";
  }

  private static void answer(Talk talk, String id) {
    talk.passes(created(id));
    talk.passes(audio(id));
    talk.passes(words(id));
    talk.passes(done(id, "completed", "null"));
  }

  private Span span(String responseId) {
    await("the span of " + responseId)
        .atMost(PATIENCE)
        .until(() -> collector.spans().stream().anyMatch(span -> isOf(span, responseId)));
    return collector.spans().stream()
        .filter(span -> isOf(span, responseId))
        .findFirst()
        .orElseThrow();
  }

  private static boolean isOf(Span span, String responseId) {
    return responseId.equals(attributes(span.getAttributesList()).get("gen_ai.response.id"));
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  @Test
  void exportsASpanForAGenerationByTheGenAiConventions() {
    try (RunningGateway gateway = exporting().start();
        Talk talk = talk(gateway)) {
      answer(talk, "resp_1");

      Span span = span("resp_1");
      assertThat(span.getName()).isEqualTo("realtime_inference gpt-realtime-2.1");
      assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
      assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_UNSET);
      assertThat(span.getParentSpanId().isEmpty()).isTrue();
      assertThat(span.getEndTimeUnixNano()).isGreaterThan(span.getStartTimeUnixNano());
      Map<String, String> attributes = attributes(span.getAttributesList());
      String session = attributes.remove("session.id");
      assertThat(gateway.fullLog()).anyMatch(line -> line.contains(session));
      assertThat(attributes)
          .containsExactlyInAnyOrderEntriesOf(
              Map.ofEntries(
                  Map.entry("gen_ai.operation.name", "realtime_inference"),
                  Map.entry("gen_ai.provider.name", "openai"),
                  Map.entry("gen_ai.request.model", "gpt-realtime-2.1"),
                  Map.entry("gen_ai.response.model", "gpt-realtime-2.1-snapshot"),
                  Map.entry("gen_ai.response.id", "resp_1"),
                  Map.entry("gen_ai.response.finish_reasons", "[stop]"),
                  Map.entry("gen_ai.output.type", "speech"),
                  Map.entry("gen_ai.realtime_session.id", "sess_1"),
                  Map.entry("server.address", "127.0.0.1"),
                  Map.entry("server.port", String.valueOf(upstream.port())),
                  Map.entry("gen_ai.usage.input_tokens", "100"),
                  Map.entry("gen_ai.usage.output_tokens", "50"),
                  Map.entry("gen_ai.usage.cache_read.input_tokens", "30"),
                  Map.entry("gen_ai.usage.audio.input_tokens", "80"),
                  Map.entry("gen_ai.usage.audio.cache_read.input_tokens", "25"),
                  Map.entry("gen_ai.usage.audio.output_tokens", "40"),
                  Map.entry("gen_ai.usage.text.input_tokens", "20"),
                  Map.entry("gen_ai.usage.text.cache_read.input_tokens", "5"),
                  Map.entry("gen_ai.usage.text.output_tokens", "10")));
      Map<String, String> resource =
          attributes(collector.resources().getFirst().getAttributesList());
      assertThat(resource)
          .containsEntry("service.name", "donna-gateway")
          .containsKeys("service.version", "service.instance.id");
    }
  }

  @Test
  void saysHowInterruptedFailedCutAndToolCallingGenerationsEnded() {
    try (RunningGateway gateway = exporting().start();
        Talk talk = talk(gateway)) {
      talk.passes(created("interrupted"));
      talk.passes(audio("interrupted"));
      talk.passes("{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i1\"}");
      talk.passes(done("interrupted", "cancelled", "{\"reason\":\"turn_detected\"}"));
      talk.passes(created("odd"));
      talk.passes(done("odd", "cancelled", "{\"reason\":\"" + SECRET + "\"}"));
      talk.passes(created("cut"));
      talk.passes(done("cut", "incomplete", "{\"reason\":\"max_output_tokens\"}"));
      talk.passes(created("filtered"));
      talk.passes(done("filtered", "incomplete", "{\"reason\":\"content_filter\"}"));
      talk.passes(created("tool"));
      talk.passes(
          "{\"type\":\"response.output_item.added\",\"response_id\":\"tool\",\"item\":{\"type\":"
              + "\"function_call\",\"name\":\""
              + SECRET
              + "\"}}");
      talk.passes(done("tool", "completed", "null"));
      talk.passes(created("failed"));
      talk.passes(
          done(
              "failed",
              "failed",
              "{\"error\":{\"code\":\"server_error\",\"message\":\"" + SECRET + "\"}}"));
      talk.passes(created("oddly_failed"));
      talk.passes(done("oddly_failed", "failed", "{\"error\":{\"code\":\"" + SECRET + "\"}}"));

      assertThat(finish("interrupted")).isEqualTo("[turn_detected] null");
      assertThat(finish("odd")).isEqualTo("[error] null");
      assertThat(finish("cut")).isEqualTo("[length] null");
      assertThat(finish("filtered")).isEqualTo("[content_filter] null");
      assertThat(finish("tool")).isEqualTo("[tool_call] null");
      assertThat(finish("failed")).isEqualTo("[error] server_error");
      assertThat(finish("oddly_failed")).isEqualTo("[error] _OTHER");
      assertThat(span("failed").getStatus().getCode())
          .isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
    }
    assertThat(collector.bytes()).doesNotContain(SECRET);
  }

  private String finish(String responseId) {
    Map<String, String> attributes = attributes(span(responseId).getAttributesList());
    return attributes.get("gen_ai.response.finish_reasons") + " " + attributes.get("error.type");
  }

  @Test
  void endsAGenerationThatTheUpstreamLeavesUnfinished() {
    try (RunningGateway gateway = exporting().start();
        Talk talk = talk(gateway)) {
      talk.passes(created("lost"));
      talk.passes(audio("lost"));
      talk.upstream.close();

      assertThat(finish("lost")).isEqualTo("[error] cut_off");
    }
  }

  @Test
  void followsAGenerationThatIsCancelledAsItsClientHasLeft() {
    try (RunningGateway gateway = exporting().start();
        Talk talk = talk(gateway)) {
      talk.passes(created("left"));
      talk.passes(audio("left"));
      talk.client.sendClose(1000, "");
      talk.isSent("response.cancel");
      talk.upstream.send(done("left", "cancelled", "{\"reason\":\"client_cancelled\"}"));

      assertThat(finish("left")).isEqualTo("[client_cancelled] null");
      assertThat(attributes(span("left").getAttributesList()))
          .containsEntry("gen_ai.usage.output_tokens", "50");
    }
  }

  @Test
  void tellsSessionsBeginAndEnd() {
    try (RunningGateway gateway = exporting().start()) {
      try (Talk talk = talk(gateway, "traceparent: 00-" + TRACE + "-" + PARENT + "-01")) {
        talk.client.sendClose(1000, "");
        await("both events").atMost(PATIENCE).until(() -> collector.events().size() == 2);
      }
      List<LogRecord> events = collector.events();
      assertThat(events)
          .extracting(LogRecord::getEventName)
          .containsExactly(
              "gen_ai.client.realtime_session.started", "gen_ai.client.realtime_session.ended");
      for (LogRecord event : events) {
        assertThat(attributes(event.getAttributesList()))
            .containsEntry("gen_ai.realtime_session.id", "sess_1")
            .containsEntry("gen_ai.provider.name", "openai")
            .containsEntry("gen_ai.request.model", "gpt-realtime-2.1")
            .containsKeys("server.address", "server.port", "session.id");
        assertThat(hex(event.getTraceId())).isEqualTo(TRACE);
      }
    }
  }

  @Test
  void hasTheSpanOfTheClientsRequestAsParent() {
    try (RunningGateway gateway = exporting().start();
        Talk talk = talk(gateway, "traceparent: 00-" + TRACE + "-" + PARENT + "-01")) {
      answer(talk, "r1");
      answer(talk, "r2");

      for (String id : List.of("r1", "r2")) {
        assertThat(hex(span(id).getTraceId())).isEqualTo(TRACE);
        assertThat(hex(span(id).getParentSpanId())).isEqualTo(PARENT);
      }
      assertThat(talk.upstream.head().toLowerCase(Locale.ROOT)).doesNotContain("trace");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "traceparent: 00-"
            + TRACE
            + "-"
            + PARENT
            + "-01\r\ntraceparent: 00-"
            + TRACE
            + "-"
            + PARENT
            + "-01",
        "traceparent: ff-" + TRACE + "-" + PARENT + "-01",
        "traceparent: " + SECRET,
        "traceparent: 00-" + TRACE + "-0000000000000000-01\r\ntracestate: a=" + SECRET,
        "tracestate: a=" + SECRET,
        "baggage: said=" + SECRET
      })
  void isChangedByNothingElseThatAClientSends(String header) {
    try (RunningGateway gateway = exporting().start();
        Talk talk = talk(gateway, header)) {
      answer(talk, "r1");

      assertThat(hex(span("r1").getTraceId())).isNotEqualTo(TRACE);
      assertThat(span("r1").getParentSpanId().isEmpty()).isTrue();
      assertThat(collector.bytes()).doesNotContain(SECRET);
    }
  }

  @Test
  void hasSpansOfUserSpeechOnlyIfAskedTo() {
    try (RunningGateway gateway = exporting().with("TRACE_USER_SPEECH", "true").start();
        Talk talk = talk(gateway)) {
      speak(talk);
      answer(talk, "r1");
      // One that never stops has no length.
      talk.passes("{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i2\"}");
      answer(talk, "r2");
      span("r2");

      List<Span> speech = speech();
      assertThat(speech).hasSize(1);
      assertThat(speech.getFirst().getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_INTERNAL);
      assertThat(attributes(speech.getFirst().getAttributesList()))
          .containsEntry("gen_ai.operation.name", "user_speech")
          .containsEntry("gen_ai.realtime_session.id", "sess_1");
    }
    try (RunningGateway gateway = exporting().start();
        Talk talk = talk(gateway)) {
      speak(talk);
      answer(talk, "r3");
      span("r3");
      assertThat(speech()).hasSize(1);
    }
  }

  private static void speak(Talk talk) {
    talk.passes("{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i1\"}");
    talk.passes("{\"type\":\"input_audio_buffer.speech_stopped\",\"item_id\":\"i1\"}");
  }

  private List<Span> speech() {
    return collector.spans().stream().filter(span -> span.getName().equals("user_speech")).toList();
  }

  @Test
  void exportsTheMetricsOfTheGatewayByTheirNames() {
    try (RunningGateway gateway = exporting().start();
        Talk talk = talk(gateway)) {
      talk.client.send("{\"type\":\"response.create\"}");
      answer(talk, "r1");

      Metric turns = metric("donna.turns");
      assertThat(turns.getSum().getIsMonotonic()).isTrue();
      NumberDataPoint turn = turns.getSum().getDataPoints(0);
      assertThat(turn.getAsDouble()).isEqualTo(1);
      assertThat(attributes(turn.getAttributesList()))
          .containsExactlyInAnyOrderEntriesOf(Map.of("status", "completed", "trigger", "request"));
      Metric wait = metric("donna.turn.first.audio");
      assertThat(wait.getUnit()).isEqualTo("s");
      HistogramDataPoint waits = wait.getHistogram().getDataPoints(0);
      assertThat(waits.getCount()).isEqualTo(1);
      assertThat(waits.getExplicitBoundsCount()).isEqualTo(14);
      assertThat(waits.getExplicitBounds(0)).isEqualTo(0.1);
      assertThat(waits.getBucketCountsList()).hasSize(15);
      assertThat(waits.getBucketCountsList().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(1);
      assertThat(metric("donna.held").getUnit()).isEqualTo("By");
      assertThat(metric("donna.held").hasGauge()).isTrue();
      assertThat(metric("donna.relayed").getSum().getDataPointsCount()).isEqualTo(2);
      assertThat(metric("jvm.memory.used").getGauge().getDataPointsCount()).isPositive();
      HistogramDataPoint duration =
          metric("gen_ai.client.inference.duration").getHistogram().getDataPoints(0);
      Map<String, String> source =
          Map.of(
              "gen_ai.operation.name", "realtime_inference",
              "gen_ai.provider.name", "openai",
              "gen_ai.request.model", "gpt-realtime-2.1");
      assertThat(attributes(duration.getAttributesList())).isEqualTo(source);
      assertThat(duration.getExplicitBoundsCount()).isEqualTo(14);
      assertThat(
              metric("gen_ai.client.inference.time_to_first_chunk")
                  .getHistogram()
                  .getDataPoints(0)
                  .getCount())
          .isEqualTo(1);
      assertThat(tokens("input_tokens")).isEqualTo(Map.of("audio", 80.0, "text", 20.0));
      assertThat(tokens("cache_read.input_tokens")).isEqualTo(Map.of("audio", 25.0, "text", 5.0));
      assertThat(tokens("output_tokens")).isEqualTo(Map.of("audio", 40.0, "text", 10.0));
    }
    assertThat(collector.bytes()).doesNotContain(SECRET);
  }

  private Metric metric(String name) {
    await(name)
        .atMost(PATIENCE)
        .until(
            () -> collector.metrics().stream().anyMatch(metric -> metric.getName().equals(name)));
    return collector.metrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private Map<String, Double> tokens(String name) {
    return metric("gen_ai.client.inference.usage." + name).getSum().getDataPointsList().stream()
        .collect(
            Collectors.toMap(
                point -> attributes(point.getAttributesList()).get("gen_ai.token.modality"),
                NumberDataPoint::getAsDouble));
  }

  @Test
  void sendsTheHeadersThatItIsTold() {
    try (RunningGateway gateway =
            exporting().with("OTEL_EXPORTER_OTLP_HEADERS", "x-key=hunter2%20hunter2").start();
        Talk talk = talk(gateway)) {
      answer(talk, "r1");
      span("r1");

      assertThat(collector.header("x-key")).isNotEmpty().containsOnly("hunter2 hunter2");
      assertThat(collector.header("Content-Type")).containsOnly("application/x-protobuf");
    }
  }

  @Test
  void goesOnWithoutACollectorAndCountsWhatItDrops() {
    collector.hold();
    try (RunningGateway gateway =
            exporting()
                .with("OTEL_BSP_MAX_QUEUE_SIZE", 8)
                .with("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 4)
                // Nothing that waits is given up meanwhile.
                .with("OTEL_EXPORTER_OTLP_TIMEOUT", 120_000)
                .with("OTEL_BSP_EXPORT_TIMEOUT", 120_000)
                .start();
        Talk talk = talk(gateway)) {
      for (int i = 0; i < 30; i++) {
        answer(talk, "r" + i); // each event must pass
      }

      assertThat(sample(gateway, "spans", "dropped")).isEqualTo(22);
      collector.answer();
      await("the rest")
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(sample(gateway, "spans", "exported")).isEqualTo(8));
      answer(talk, "later");
      span("later");
      assertThat(sample(gateway, "spans", "dropped")).isEqualTo(22);
    }
  }

  @Test
  void countsWhatACollectorRefuses() {
    collector.refuse(400);
    try (RunningGateway gateway = exporting().start();
        Talk talk = talk(gateway)) {
      answer(talk, "r1");

      await("a failure")
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(sample(gateway, "spans", "failed")).isEqualTo(1));
    }
  }

  private static double sample(RunningGateway gateway, String signal, String outcome) {
    String name = "donna_otlp_items_total{outcome=\"" + outcome + "\",signal=\"" + signal + "\"} ";
    return gateway
        .gateway()
        .telemetry()
        .text()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void exportsWhatIsLeftAtItsEnd() {
    try (RunningGateway gateway =
            exporting()
                .with("OTEL_BSP_SCHEDULE_DELAY", 600_000)
                .with("OTEL_BLRP_SCHEDULE_DELAY", 600_000)
                .with("OTEL_METRIC_EXPORT_INTERVAL", 600_000)
                .start();
        Talk talk = talk(gateway)) {
      answer(talk, "r1");
      talk.passes(created("cut"));
      assertThat(collector.requests()).isZero();
    }

    assertThat(collector.spans()).hasSize(2);
    assertThat(collector.events()).hasSize(2);
    assertThat(collector.metrics()).isNotEmpty();
  }

  @Test
  void waitsTwoSecondsAtItsEndForACollectorThatDoesNotAnswer() {
    RunningGateway gateway = exporting().start();
    try (Talk talk = talk(gateway)) {
      answer(talk, "r1");
      span("r1");
      collector.hold();
      answer(talk, "r2");
    }
    gateway.awaitNoConnections();
    long begin = System.nanoTime();

    gateway.close();

    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(8));
  }

  @Test
  void saysWhichVariableTheSdkRejects() {
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> exporting().with("OTEL_BSP_SCHEDULE_DELAY", "soon").start().close())
        .withMessageContaining("cannot start OpenTelemetry: ")
        .withMessageContaining("otel.bsp.schedule.delay");
  }
}
