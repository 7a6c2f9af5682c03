package io.donna.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RepliesTest {
  @Test
  void areWordForWordWhatClientsWereToldToExpect() {
    assertThat(Replies.AUTH_SUCCESS)
        .isEqualTo("{\"type\":\"auth_success\",\"message\":\"Authentication successful\"}");
    assertThat(Replies.INVALID_TOKEN)
        .isEqualTo("{\"type\":\"auth_error\",\"error\":\"Invalid token\"}");
    assertThat(Replies.TOKEN_REQUIRED)
        .isEqualTo("{\"type\":\"auth_error\",\"error\":\"Token required\"}");
    assertThat(Replies.TOKEN_EXPIRED)
        .isEqualTo("{\"type\":\"auth_error\",\"error\":\"Token expired\"}");
    assertThat(Replies.NOT_CONFIGURED)
        .isEqualTo("{\"type\":\"auth_error\",\"error\":\"Authentication not configured\"}");
    assertThat(Replies.AUTH_REQUIRED)
        .isEqualTo("{\"type\":\"auth_required\",\"error\":\"Please authenticate first\"}");
    assertThat(Replies.DISCONNECTED).isEqualTo("{\"type\":\"realtime_disconnected\"}");
  }

  @Test
  void haveErrorsInTheShapeOfTheUpstream() {
    String reply = Replies.gatewayError("not_connected", "Not \"connected\"\n");

    assertThat(reply)
        .matches(
            "\\{\"type\":\"error\",\"event_id\":\"event_[A-Za-z0-9]{21}\",\"error\":\\{"
                + "\"type\":\"gateway_error\",\"code\":\"not_connected\","
                + "\"message\":\"Not \\\\\"connected\\\\\"\\\\n\","
                + "\"param\":null,\"event_id\":null}}");
  }

  @Test
  void haveErrorsWithoutACode() {
    JsonNode error =
        JsonMapper.shared()
            .readTree(Replies.error("invalid_request_error", Optional.empty(), "No."))
            .get("error");

    assertThat(error.get("type").asString()).isEqualTo("invalid_request_error");
    assertThat(error.get("code").isNull()).isTrue();
  }

  @Test
  void haveErrorsOfTheirOwnIdEach() {
    assertThat(Replies.gatewayError("a", "b")).isNotEqualTo(Replies.gatewayError("a", "b"));
  }
}
