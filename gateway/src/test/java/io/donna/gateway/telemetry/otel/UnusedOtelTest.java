package io.donna.gateway.telemetry.otel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestCollector;
import io.donna.gateway.kit.TestUpstream;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What a process loads of OpenTelemetry, and of the client of Redis. */
class UnusedOtelTest {
  private static final String[] LOADED = {
    "-Xlog:class+load=info:stdout", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"
  };

  @AutoClose private final TestUpstream upstream = TestUpstream.start();

  private void converse(GatewayProcess gateway) {
    try (Talk talk = new Talk(gateway.connectDropIn(), upstream.take().accept())) {
      talk.passes("{\"type\":\"session.created\",\"session\":{\"id\":\"s1\"}}");
      talk.passes("{\"type\":\"response.created\",\"response\":{\"id\":\"r1\"}}");
      talk.passes(
          "{\"type\":\"response.done\",\"response\":{\"id\":\"r1\",\"status\":\"completed\"}}");
    }
  }

  @Test
  void loadsNoClassOfItWhereItIsNotAskedFor() {
    try (GatewayProcess gateway = GatewayProcess.behind(upstream).java(LOADED).start()) {
      converse(gateway);
      gateway.awaitOut("WS_CONNECTION_CLOSED");
      gateway.terminate();

      assertThat(gateway.out())
          .contains("io.donna.gateway.telemetry.Telemetry")
          .doesNotContain("io.opentelemetry")
          .doesNotContain("io.lettuce", "reactor.core", "io.donna.gateway.cluster.redis")
          .doesNotContain("io.donna.gateway.telemetry.otel")
          .doesNotContain("io.donna.gateway.protocol.realtime.TraceInspector");
    }
  }

  @Test
  void exportsFromAProcessAndEndsInOrder() {
    try (TestCollector collector = TestCollector.start();
        GatewayProcess gateway =
            GatewayProcess.behind(upstream)
                .java(LOADED)
                .with("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
                .start()) {
      converse(gateway);
      gateway.awaitOut("WS_CONNECTION_CLOSED");

      assertThat(gateway.terminate()).isZero();

      await("its span").atMost(Duration.ofSeconds(10)).until(() -> collector.spans().size() == 1);
      assertThat(gateway.out())
          .contains("io.opentelemetry")
          .contains("OpenTelemetry   metrics and traces to " + collector.endpoint())
          .doesNotContain("okhttp");
    }
  }

  @Test
  void logsInItsOwnLogThatNoCollectorAnswers() {
    try (GatewayProcess gateway =
        GatewayProcess.behind(upstream)
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
            .with("OTEL_EXPORTER_OTLP_TIMEOUT", 500)
            .with("OTEL_BSP_SCHEDULE_DELAY", 50)
            .with("LOG_FORMAT", "json")
            .java("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
            .start()) {
      converse(gateway);
      gateway.awaitOut("Failed to export");

      assertThat(gateway.out().lines()).allMatch(line -> line.startsWith("{"));
    }
  }
}
