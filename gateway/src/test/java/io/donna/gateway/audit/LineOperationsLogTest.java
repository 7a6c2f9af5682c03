package io.donna.gateway.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.LogFormat;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineOperationsLogTest {
  private static final String FIELDS =
      "\"uptimeSeconds\":60,\"sessions\":5,\"connections\":4,\"upstreamConnections\":3,"
          + "\"refusals\":2,\"upstreamsUp\":1,\"upstreamsDown\":0,\"heldBytes\":1024,"
          + "\"heldBytesLimit\":4096,\"eventLoopLagMs\":7,\"logLinesLost\":9";

  private static String line(LogFormat format) {
    List<String> lines = new ArrayList<>();
    Clock clock = Clock.fixed(Instant.parse("2026-03-01T12:00:00.123Z"), ZoneOffset.UTC);
    new LineOperationsLog(format, clock, (kind, events, line) -> lines.add(line))
        .record(new OperationsEvent.Heartbeat(60, 5, 4, 3, 2, 1, 0, 1024, 4096, 7, 9));
    assertThat(lines).hasSize(1);
    return lines.getFirst();
  }

  @Test
  void writesAHeartbeatAsText() {
    assertThat(line(LogFormat.TEXT))
        .isEqualTo(
            "📊 [OPERATIONS] HEARTBEAT: {"
                + FIELDS
                + ",\"timestamp\":\"2026-03-01T12:00:00.123Z\"}");
  }

  @Test
  void writesAHeartbeatAsOneJsonObject() {
    assertThat(line(LogFormat.JSON))
        .isEqualTo(
            "{\"timestamp\":\"2026-03-01T12:00:00.123Z\",\"level\":\"INFO\","
                + "\"logger\":\"operations\",\"event\":\"HEARTBEAT\","
                + FIELDS
                + ",\"@timestamp\":\"2026-03-01T12:00:00.123Z\",\"log.level\":\"INFO\","
                + "\"log.logger\":\"operations\",\"ecs.version\":\"8.17.0\","
                + "\"service.name\":\"donna\",\"event.kind\":\"metric\","
                + "\"event.category\":[\"process\"],\"event.type\":[\"info\"],"
                + "\"event.action\":\"HEARTBEAT\"}");
  }
}
