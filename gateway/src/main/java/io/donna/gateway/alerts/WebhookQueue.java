package io.donna.gateway.alerts;

import io.donna.gateway.audit.FaultWords;
import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.config.AlertWebhook;
import io.donna.gateway.config.WebhookUrl;
import io.donna.gateway.webhook.Signature;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts notices to the operator's webhook, one after the other, on a virtual thread that runs while
 * there are any. Never blocks who adds one: beyond {@value #MOST_WAITING}, the oldest is lost. Safe
 * from any thread.
 */
final class WebhookQueue implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookQueue.class);

  static final int MOST_WAITING = 64;

  /** How a webhook is tried: the time limit of a try, and the waits before further ones. */
  record Patience(Duration limit, List<Duration> backOffs) {
    static final Patience USUAL =
        new Patience(Duration.ofSeconds(10), List.of(Duration.ofSeconds(1), Duration.ofSeconds(5)));
  }

  private static final int TOO_MANY_REQUESTS = 429;

  private final AlertWebhook target;
  private final Optional<Signature> signature;
  private final Patience patience;
  private final Deque<Notice> waiting = new ArrayDeque<>();
  private final ExecutorService httpThreads = Executors.newVirtualThreadPerTaskExecutor();
  private @Nullable HttpClient http;
  private @Nullable Thread worker;
  private boolean closed;

  /** The messages that were lost since the last that was posted. */
  private int lost;

  WebhookQueue(AlertWebhook target, Clock clock) {
    this(target, clock, Patience.USUAL);
  }

  WebhookQueue(AlertWebhook target, Clock clock, Patience patience) {
    this.target = target;
    this.signature = target.secret().map(secret -> new Signature(secret, clock));
    this.patience = patience;
  }

  synchronized void add(Notice notice) {
    if (closed) {
      return;
    }
    if (waiting.size() == MOST_WAITING) {
      waiting.removeFirst();
      lost++;
    }
    waiting.addLast(notice);
    if (worker == null) {
      worker = Thread.ofVirtual().name("alert webhook").start(this::postAll);
    }
  }

  private void postAll() {
    try {
      for (Optional<Notice> next = next(); next.isPresent(); next = next()) {
        post(next.get());
      }
    } catch (InterruptedException closing) {
      // the rest is lost with the process
    }
  }

  private synchronized Optional<Notice> next() {
    if (lost > 0) {
      LOG.warn("ALERT_WEBHOOK_URL is too slow: {} messages were lost", lost);
      lost = 0;
    }
    Optional<Notice> next = Optional.ofNullable(waiting.pollFirst());
    if (next.isEmpty()) {
      worker = null;
    }
    return next;
  }

  private void post(Notice notice) throws InterruptedException {
    String id = Signature.newId();
    String body = NoticeBody.of(notice, target.format());
    for (int tries = 0; ; tries++) {
      Outcome outcome = attempt(id, body);
      if (outcome.isDelivered()) {
        return;
      }
      if (!outcome.isWorthAnotherTry() || tries == patience.backOffs.size()) {
        LOG.warn(
            "ALERT_WEBHOOK_URL ({}) did not take the message of {}: {}",
            WebhookUrl.shown(target.url()),
            notice.alert().kind().key(),
            outcome.failure);
        return;
      }
      Thread.sleep(patience.backOffs.get(tries));
    }
  }

  /**
   * What came of a try.
   *
   * @param failure empty if the message was delivered
   */
  private record Outcome(String failure, boolean isWorthAnotherTry) {
    boolean isDelivered() {
      return failure.isEmpty();
    }
  }

  private Outcome attempt(String id, String body) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target.url())
            .timeout(patience.limit)
            .header("Content-Type", "application/json")
            .header("User-Agent", "donna-gateway")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    signature.ifPresent(signing -> signing.of(id, body).forEach(request::header));
    CompletableFuture<HttpResponse<Void>> answer =
        http().sendAsync(request.build(), BodyHandlers.discarding());
    try {
      // The request's own limit ends with the head of the answer.
      int status = answer.get(patience.limit.toNanos(), TimeUnit.NANOSECONDS).statusCode();
      boolean delivered = status >= 200 && status < 300;
      return new Outcome(
          delivered ? "" : "answers " + status, status >= 500 || status == TOO_MANY_REQUESTS);
    } catch (TimeoutException late) {
      return new Outcome("no answer in time", true);
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause();
      return new Outcome(
          ForeignText.of(FaultWords.of(cause == null ? failed : cause)),
          cause instanceof IOException);
    } finally {
      answer.cancel(true);
    }
  }

  /** Created with the first message: most gateways send none. */
  private synchronized HttpClient http() {
    if (http == null) {
      http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(patience.limit)
              .executor(httpThreads)
              .build();
    }
    return http;
  }

  /** Gives up what has not been posted. */
  @Override
  public synchronized void close() {
    closed = true;
    waiting.clear();
    if (worker != null) {
      worker.interrupt();
    }
    if (http != null) {
      http.shutdownNow();
    }
    httpThreads.shutdownNow();
  }
}
