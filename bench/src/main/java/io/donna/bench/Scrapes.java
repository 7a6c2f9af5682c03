package io.donna.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads a gateway's {@code /metrics} at an interval, as Prometheus does, on a thread of its own.
 */
final class Scrapes implements Beside.Work {
  static final Duration INTERVAL = Duration.ofSeconds(1);

  /** A gateway that is scraped each second takes minutes to compile what a scrape runs. */
  static final Duration SETTLING_INTERVAL = Duration.ofMillis(50);

  private final HttpClient http = HttpClient.newHttpClient();
  private final HttpRequest request;
  private final Duration interval;
  private final Alarm alarm;
  private final Thread thread = Thread.ofVirtual().unstarted(this::run);
  private final List<Duration> times = new CopyOnWriteArrayList<>();
  private final AtomicLong bytes = new AtomicLong();

  private Scrapes(URI metrics, Duration interval, Alarm alarm) {
    this.interval = interval;
    this.request = HttpRequest.newBuilder(metrics).timeout(Duration.ofSeconds(10)).build();
    this.alarm = alarm;
  }

  static Scrapes start(Bout bout, Duration interval) {
    int port = bout.peer().adminPort().orElseThrow();
    Scrapes scrapes =
        new Scrapes(
            URI.create("http://127.0.0.1:" + port + "/metrics"), interval, bout.run().alarm());
    scrapes.thread.start();
    return scrapes;
  }

  private void run() {
    try {
      while (true) {
        long before = System.nanoTime();
        HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        Duration time = Duration.ofNanos(System.nanoTime() - before);
        if (answer.statusCode() != 200) {
          alarm.raise("/metrics answered " + answer.statusCode());
          return;
        }
        times.add(time);
        bytes.set(answer.body().length);
        Thread.sleep(interval.minus(time).isNegative() ? Duration.ZERO : interval.minus(time));
      }
    } catch (IOException fault) {
      alarm.raise("/metrics was not answered: " + fault);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      http.shutdownNow();
    }
  }

  @Override
  public long done() {
    return times.size();
  }

  @Override
  public void stop() {
    thread.interrupt();
  }

  @Override
  public Optional<String> account() {
    if (times.isEmpty()) {
      return Optional.empty();
    }
    Spread spread = Spread.of(times, time -> time.toNanos() / 1e6);
    return Optional.of(
        "a scrape of %d kB takes %s ms, at most %s"
            .formatted(
                bytes.get() / 1_000,
                Report.decimal(spread.median(), 1),
                Report.decimal(spread.max(), 1)));
  }
}
