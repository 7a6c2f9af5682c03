package io.donna.gateway.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.AlertWebhook.Format;
import io.donna.gateway.config.alerts.AlertKind;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The bodies that a webhook gets. */
public class NoticeBodyTest {
  /** The fields of an alert with a subject, as the documents list them. */
  public static final List<String> FIELDS =
      List.of(
          "alert",
          "category",
          "state",
          "value",
          "threshold",
          "window",
          "subject",
          "since",
          "message");

  private static JsonNode body(Notice notice, Format format) {
    return JsonMapper.shared().readTree(NoticeBody.of(notice, format));
  }

  @Test
  void saysAllInJson() {
    String body = NoticeBody.of(Notices.active(AlertKind.BUDGET_USED, "0.83", "free"), Format.JSON);

    assertThat(body)
        .isEqualTo(
            """
            {"type":"alert.active","timestamp":"2026-11-30T12:00:04Z","data":{\
            "alert":"budget_used","category":"operations","state":"active","value":0.83,\
            "threshold":0.8,"window":0,"subject":"free","since":"2026-11-30T12:00:04Z",\
            "message":"Tier free has used 83 % of its budget (threshold: 80 %)."}}\
            """);
    assertThat(JsonMapper.shared().readTree(body).path("data").propertyNames())
        .containsExactlyElementsOf(FIELDS);
  }

  @Test
  void saysThatAnAlertHasEnded() {
    JsonNode body = body(Notices.resolved(AlertKind.CONNECTIONS_BLOCKED, "3"), Format.JSON);

    assertThat(body.path("type").asString()).isEqualTo("alert.resolved");
    assertThat(body.at("/data/category").asString()).isEqualTo("security");
    assertThat(body.at("/data/value").asInt()).isEqualTo(3);
    assertThat(body.at("/data/window").asInt()).isEqualTo(300);
    assertThat(body.path("data").has("subject")).isFalse();
    assertThat(body.at("/data/message").asString())
        .isEqualTo("Resolved after 17 min: connections_blocked.");
  }

  @Test
  void saysItInSlacksFormatWithoutMarkupOfOthers() {
    JsonNode body =
        body(
            Notices.active(AlertKind.BUDGET_USED, "0.9", "<!channel> & <https://x|y>"),
            Format.SLACK);

    assertThat(body.propertyNames()).containsExactly("text");
    assertThat(body.path("text").asString())
        .isEqualTo(
            ":rotating_light: *donna budget_used* Tier &lt;!channel&gt; &amp; "
                + "&lt;https://x|y&gt; has used 90 % of its budget (threshold: 80 %).");
    assertThat(
            body(Notices.resolved(AlertKind.BUDGET_USED, "0.1", "free"), Format.SLACK)
                .path("text")
                .asString())
        .startsWith(":white_check_mark: *donna budget_used* Resolved after 17 min");
  }

  static Stream<Arguments> sentences() {
    return Stream.of(
        Arguments.of(
            Notices.active(AlertKind.CONNECTIONS_BLOCKED, "120"),
            "120 connections were refused within 5 min (threshold: 100)."),
        Arguments.of(
            Notices.active(AlertKind.AUTHENTICATION_FAILURES, "51"),
            "51 authentications failed within 5 min (threshold: 50)."),
        Arguments.of(
            Notices.active(AlertKind.RATE_LIMIT_EXCEEDED, "100"),
            "100 requests exceeded the rate limit within 5 min (threshold: 100)."),
        Arguments.of(
            Notices.active(AlertKind.ATTEMPTS_FROM_ONE_ADDRESS, "60", "192.0.2.xxx"),
            "60 attempts from 192.0.2.xxx were refused within 5 min (threshold: 50)."),
        Arguments.of(
            Notices.active(AlertKind.UPSTREAM_FAILING, "0.333", "azure:west"),
            "33.3 % of the attempts to open upstream azure:west failed within 5 min"
                + " (threshold: 10 %)."),
        Arguments.of(
            Notices.active(AlertKind.SLOW_ANSWERS, "2.5"),
            "One caller in twenty waited 2.5 s or more for an answer within 5 min"
                + " (threshold: 2 s)."),
        Arguments.of(
            Notices.active(AlertKind.DESCRIPTORS, "0.9"),
            "90 % of the file descriptors have been open for 1 min (threshold: 80 %)."),
        Arguments.of(
            Notices.active(AlertKind.LOG_LINES_LOST, "7"),
            "7 log lines were lost within 5 min (threshold: 1)."),
        Arguments.of(
            Notices.active(AlertKind.CERTIFICATE_EXPIRING, "13.9"),
            "The TLS certificate expires in 13 days (threshold: 14 days)."),
        Arguments.of(
            Notices.active(AlertKind.MODEL_RETIRING, "50.5", "gpt-realtime"),
            "The model gpt-realtime is shut down in 50 days; gpt-realtime-2.1 takes its place"
                + " (threshold: 60 days)."));
  }

  @ParameterizedTest
  @MethodSource("sentences")
  void saysEachAlertInWords(Notice notice, String sentence) {
    assertThat(NoticeText.of(notice)).isEqualTo(sentence);
  }
}
