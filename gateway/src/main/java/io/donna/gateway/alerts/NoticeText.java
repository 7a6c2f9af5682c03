package io.donna.gateway.alerts;

import io.donna.gateway.config.alerts.AlertKind;
import java.math.BigDecimal;
import java.time.Duration;

/** Notices in words, for people: what happened, and the threshold. */
final class NoticeText {
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  private NoticeText() {}

  /** One line without markup. */
  static String of(Notice notice) {
    Alert alert = notice.alert();
    return switch (notice.state()) {
      case ACTIVE -> sentence(alert) + " (threshold: " + threshold(alert) + ").";
      case RESOLVED ->
          "Resolved after %s: %s."
              .formatted(
                  time(Duration.between(alert.since(), notice.at())),
                  alert.kind().key() + alert.subject().map(subject -> " of " + subject).orElse(""));
    };
  }

  private static String sentence(Alert alert) {
    String subject = alert.subject().orElse("an unknown source");
    String value = value(alert.kind(), alert.value());
    String window = time(alert.rule().window());
    return switch (alert.kind()) {
      case CONNECTIONS_BLOCKED -> value + " connections were refused within " + window;
      case AUTHENTICATION_FAILURES -> value + " authentications failed within " + window;
      case RATE_LIMIT_EXCEEDED -> value + " requests exceeded the rate limit within " + window;
      case ATTEMPTS_FROM_ONE_ADDRESS ->
          value + " attempts from " + subject + " were refused within " + window;
      case BUDGET_USED -> "Tier " + subject + " has used " + value + " of its budget";
      case UPSTREAM_FAILING ->
          value + " of the attempts to open upstream " + subject + " failed within " + window;
      case SLOW_ANSWERS ->
          "One caller in twenty waited " + value + " or more for an answer within " + window;
      case DESCRIPTORS -> value + " of the file descriptors have been open for " + window;
      case LOG_LINES_LOST -> value + " log lines were lost within " + window;
      case REDIS_NOT_ANSWERING ->
          "Redis has not answered for " + value + ": replicas count without each other";
      case CERTIFICATE_EXPIRING -> "The TLS certificate expires in " + value;
      case MODEL_RETIRING ->
          "The model " + subject + " is shut down in " + value + successor(subject);
    };
  }

  private static String successor(String model) {
    return ModelRetirements.ofJar()
        .of(model)
        .map(retirement -> "; " + retirement.successor() + " takes its place")
        .orElse("");
  }

  private static String threshold(Alert alert) {
    return value(alert.kind(), alert.rule().threshold());
  }

  private static String value(AlertKind kind, BigDecimal value) {
    return switch (kind.unit()) {
      case COUNT -> value.toPlainString();
      case RATIO -> Alert.rounded(value.multiply(HUNDRED).doubleValue()).toPlainString() + " %";
      case SECONDS -> value.toPlainString() + " s";
      case DAYS_LEFT -> value.toBigInteger() + " days";
    };
  }

  private static String time(Duration time) {
    long seconds = time.toSeconds();
    return seconds % 60 == 0 || seconds >= 600 ? seconds / 60 + " min" : seconds + " s";
  }
}
