package io.donna.gateway.protocol;

import static io.donna.gateway.kit.Talk.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.util.Base64;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What the tests of GPT-Live say, and how they listen. */
final class LiveCalls {
  static final String PATH = "/v1/live/sessions";
  static final String STARTED =
      "{\"type\":\"session.started\",\"session\":{\"id\":\"live_1\",\"model\":\"gpt-live-1\"}}";
  static final String CLOSE = "{\"type\":\"session.close\"}";

  private LiveCalls() {}

  static RunningGateway.Builder serving(RunningGateway.Builder gateway) {
    return gateway.with("APIS", "realtime,live");
  }

  static String bearer(Object... claims) {
    return "Authorization: Bearer "
        + (claims.length == 0
            ? RunningGateway.token("ann")
            : RunningGateway.token("ann", Map.of("donna", claims[0])));
  }

  /** A start whose session has these fields, in JSON with single quotes. */
  static String start(String fields) {
    return "{\"type\":\"session.start\",\"event_id\":\"c1\",\"session\":{"
        + fields.replace('\'', '"')
        + "}}";
  }

  static String start() {
    return start("'model':'gpt-live-1'");
  }

  static String append(int millis) {
    return "{\"type\":\"session.input_audio.append\",\"audio\":\""
        + Base64.getEncoder().encodeToString(new byte[48 * millis])
        + "\"}";
  }

  static String usage(Object seconds) {
    return "{\"type\":\"session.usage.updated\",\"usage\":{\"seconds\":" + seconds + "}}";
  }

  static String closed(Object seconds) {
    return "{\"type\":\"session.closed\",\"reason\":\"close_requested\",\"usage\":{\"seconds\":"
        + seconds
        + "}}";
  }

  static JsonNode next(TestClient client, String type) {
    while (true) {
      JsonNode event = json(client.readText());
      if (event.get("type").asString().equals(type)) {
        return event;
      }
      assertThat(event.get("type").asString()).as(event.toString()).isNotEqualTo("error");
    }
  }
}
