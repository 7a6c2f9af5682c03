package io.donna.gateway.alerts;

import io.donna.gateway.config.AlertWebhook;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Notices as bodies of webhook requests. */
final class NoticeBody {
  /** Built with the first notice. */
  private static final class Json {
    static final JsonMapper MAPPER =
        JsonMapper.builder().enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();
  }

  private NoticeBody() {}

  static String of(Notice notice, AlertWebhook.Format format) {
    return switch (format) {
      case SLACK -> slack(notice);
      case JSON, AUTO -> json(notice);
    };
  }

  /** The payload that Standard Webhooks recommends: type, time and data. */
  private static String json(Notice notice) {
    Alert alert = notice.alert();
    ObjectNode body = Json.MAPPER.createObjectNode();
    body.put("type", "alert." + notice.state().label());
    body.put("timestamp", notice.at().truncatedTo(ChronoUnit.MILLIS).toString());
    ObjectNode data = body.putObject("data");
    data.put("alert", alert.kind().key());
    data.put("category", alert.kind().category().name().toLowerCase(Locale.ROOT));
    data.put("state", notice.state().label());
    data.put("value", alert.value());
    data.put("threshold", alert.rule().threshold());
    data.put("window", alert.rule().window().toSeconds());
    alert.subject().ifPresent(subject -> data.put("subject", subject));
    data.put("since", alert.since().truncatedTo(ChronoUnit.MILLIS).toString());
    data.put("message", NoticeText.of(notice));
    return Json.MAPPER.writeValueAsString(body);
  }

  /** A message of Slack's incoming webhooks. */
  private static String slack(Notice notice) {
    String sign =
        switch (notice.state()) {
          case ACTIVE -> ":rotating_light: ";
          case RESOLVED -> ":white_check_mark: ";
        };
    return Json.MAPPER.writeValueAsString(
        Json.MAPPER
            .createObjectNode()
            .put(
                "text",
                sign
                    + "*donna "
                    + notice.alert().kind().key()
                    + "* "
                    + escaped(NoticeText.of(notice))));
  }

  /** Slack reads these three as the beginning of mentions and links. */
  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
