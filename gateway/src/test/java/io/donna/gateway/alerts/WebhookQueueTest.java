package io.donna.gateway.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.Headers;
import io.donna.gateway.config.AlertWebhook;
import io.donna.gateway.config.AlertWebhook.Format;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.alerts.AlertKind;
import io.donna.gateway.kit.CapturedLog;
import io.donna.gateway.kit.FreePort;
import io.donna.gateway.kit.Webhook;
import io.donna.gateway.webhook.Signature;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How notices reach a webhook, and what one that is slow or broken costs: nothing. */
class WebhookQueueTest {
  private static final Secret SECRET = new Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final WebhookQueue.Patience HASTE =
      new WebhookQueue.Patience(LONG, List.of(Duration.ofMillis(1), Duration.ofMillis(2)));

  @AutoClose private final Webhook webhook = Webhook.start();
  @AutoClose private final CapturedLog log = new CapturedLog();

  private WebhookQueue queue(URI url, Format format, Optional<Secret> secret) {
    return new WebhookQueue(new AlertWebhook(url, format, secret), Clock.systemUTC(), HASTE);
  }

  private WebhookQueue queue() {
    return queue(webhook.uri(), Format.AUTO, Optional.empty());
  }

  private static Notice notice(int number) {
    return Notices.active(AlertKind.LOG_LINES_LOST, String.valueOf(number));
  }

  private void awaitQuestions(int number) {
    await().atMost(LONG).untilAsserted(() -> assertThat(webhook.questions()).hasSize(number));
  }

  @Test
  void postsInOrderAndSignsAsGuardsDo() {
    try (WebhookQueue queue = queue(webhook.uri(), Format.AUTO, Optional.of(SECRET))) {
      queue.add(notice(1));
      queue.add(notice(2));
      awaitQuestions(2);
    }

    for (int i = 0; i < 2; i++) {
      Webhook.Question question = webhook.questions().get(i);
      Headers headers = question.headers();
      assertThat(question.body()).contains("\"value\":" + (i + 1));
      assertThat(headers.getFirst("Content-Type")).isEqualTo("application/json");
      String signed =
          headers.getFirst("webhook-id")
              + "."
              + headers.getFirst("webhook-timestamp")
              + "."
              + question.body();
      assertThat(headers.getFirst("webhook-signature"))
          .isEqualTo("v1," + new Signature(SECRET, Clock.systemUTC()).sign(signed));
    }
  }

  @Test
  void postsInSlacksFormatUnsignedWithoutASecret() {
    try (WebhookQueue queue = queue(webhook.uri(), Format.SLACK, Optional.empty())) {
      queue.add(notice(1));
      awaitQuestions(1);
    }

    Webhook.Question question = webhook.questions().getFirst();
    assertThat(question.body()).startsWith("{\"text\":\":rotating_light: ");
    assertThat(question.headers().keySet())
        .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("webhook-"));
  }

  @Test
  void triesAgainWithTheSameIdAndOneLaterTime() {
    AtomicInteger tries = new AtomicInteger();
    webhook.judging(body -> new Webhook.Answer(tries.incrementAndGet() < 3 ? 503 : 204, ""));
    try (WebhookQueue queue = queue(webhook.uri(), Format.AUTO, Optional.of(SECRET))) {
      queue.add(notice(1));
      queue.add(notice(2));
      awaitQuestions(4);
    }

    List<Webhook.Question> questions = webhook.questions();
    assertThat(
            questions.subList(0, 3).stream()
                .map(question -> question.headers().getFirst("webhook-id"))
                .distinct())
        .hasSize(1);
    assertThat(questions.get(3).headers().getFirst("webhook-id"))
        .isNotEqualTo(questions.getFirst().headers().getFirst("webhook-id"));
    assertThat(log.lines()).noneMatch(line -> line.contains("ALERT_WEBHOOK_URL"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 429, 500, 503})
  void givesUpAfterThreeTries(int status) {
    webhook.judging(body -> new Webhook.Answer(status, ""));
    try (WebhookQueue queue = queue()) {
      queue.add(notice(1));
      awaitLog("ALERT_WEBHOOK_URL");
    }

    assertThat(webhook.questions()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 400, 403, 404, 410})
  void triesNothingTwiceThatWillNotBeTaken(int status) {
    webhook.judging(body -> new Webhook.Answer(status, ""));
    try (WebhookQueue queue = queue()) {
      queue.add(notice(1));
      awaitLog("did not take the message of log_lines_lost: answers " + status);
    }

    assertThat(webhook.questions()).hasSize(1);
  }

  private void awaitLog(String part) {
    await().atMost(LONG).until(() -> log.lines().stream().anyMatch(line -> line.contains(part)));
  }

  @Test
  void saysNothingOfThePathInTheLog() {
    webhook.judging(body -> new Webhook.Answer(404, ""));
    try (WebhookQueue queue =
        queue(
            webhook.uri().resolve("/services/T00/B00/secret?k=v"), Format.AUTO, Optional.empty())) {
      queue.add(notice(1));
      awaitLog("/...) did not take the message");
    }

    assertThat(log.lines()).noneMatch(line -> line.contains("T00") || line.contains("k=v"));
  }

  @Test
  void reportsAServerThatIsNotThere() throws IOException {
    int port = FreePort.next();
    try (WebhookQueue queue =
        queue(URI.create("http://127.0.0.1:" + port + "/"), Format.AUTO, Optional.empty())) {
      queue.add(notice(1));
      awaitLog("no connection");
    }
  }

  @Test
  void waitsABoundedTimeForAnAnswerThatNeverEnds() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        WebhookQueue queue =
            new WebhookQueue(
                new AlertWebhook(
                    URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/"),
                    Format.AUTO,
                    Optional.empty()),
                Clock.systemUTC(),
                new WebhookQueue.Patience(Duration.ofMillis(200), List.of()))) {
      queue.add(notice(1));
      awaitLog("no answer in time");
    }
  }

  @Test
  void losesTheOldestBeyondItsRoomAndNeverBlocks() {
    webhook.hold();
    try (WebhookQueue queue = queue()) {
      queue.add(notice(0));
      awaitQuestions(1);
      for (int i = 1; i <= 1_000; i++) {
        queue.add(notice(i));
      }
      webhook.release();
      awaitQuestions(1 + WebhookQueue.MOST_WAITING);
    }

    assertThat(webhook.questions().get(1).body())
        .contains("\"value\":" + (1_001 - WebhookQueue.MOST_WAITING));
    assertThat(webhook.questions().getLast().body()).contains("\"value\":1000");
    assertThat(log.lines())
        .containsOnlyOnce("WARN ALERT_WEBHOOK_URL is too slow: 936 messages were lost");
  }

  @Test
  void postsNothingOnceItIsClosed() {
    webhook.hold();
    WebhookQueue queue = queue();
    queue.add(notice(1));
    awaitQuestions(1);
    queue.add(notice(2));

    queue.close();
    queue.add(notice(3));
    webhook.release();

    await()
        .during(Duration.ofMillis(300))
        .atMost(LONG)
        .until(() -> webhook.questions().size() == 1);
  }
}
