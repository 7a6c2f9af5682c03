package io.donna.gateway.abuse;

import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;

/**
 * Somebody who talks while something is done to the gateway: 6.4 kB fifty times a second, each of
 * which its upstream says back.
 */
final class LiveSession implements AutoCloseable {
  private static final String AUDIO =
      "{\"type\":\"input_audio_buffer.append\",\"n\":%d,\"audio\":\"" + "A".repeat(6_400) + "\"}";

  private static final Duration PAUSE = Duration.ofMillis(20);

  /** What is done meanwhile. */
  interface Deed {
    void run() throws Exception;
  }

  /** How long what was said took to come back. */
  record Delays(List<Duration> sorted) {
    Duration median() {
      return sorted.get(sorted.size() / 2);
    }

    Duration ninetyFifth() {
      return sorted.get(sorted.size() * 95 / 100);
    }

    Duration worst() {
      return sorted.getLast();
    }

    String inMillis() {
      return "%d round trips, median %.1f ms, 95th %.1f ms, worst %.1f ms"
          .formatted(
              sorted.size(),
              median().toNanos() / 1e6,
              ninetyFifth().toNanos() / 1e6,
              worst().toNanos() / 1e6);
    }
  }

  private final TestClient client;
  private int said;

  private LiveSession(TestClient client) {
    this.client = client;
  }

  /** Connects {@code ready} to {@code upstream}, whose next connection must be its own. */
  static LiveSession open(TestClient ready, TestUpstream upstream) {
    ready.send("{\"type\":\"connect_realtime\"}");
    TestUpstream.Connection opened = upstream.take().accept();
    Thread.ofVirtual().start(() -> sayBack(opened));
    return new LiveSession(ready);
  }

  private static void sayBack(TestUpstream.Connection upstream) {
    try (upstream) {
      while (true) {
        upstream.send(0x81, upstream.read().payload());
      }
    } catch (UncheckedIOException over) {
      // The test is over.
    }
  }

  Duration roundTrip() {
    long begun = System.nanoTime();
    String text = AUDIO.formatted(said++);
    client.send(text);
    String back = client.readText();
    if (!back.equals(text)) {
      throw new AssertionError("something else came back: " + back);
    }
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /** Talks as long as {@code deed} takes, and once more. */
  Delays during(Deed deed) throws Exception {
    return Probe.repeat(this::roundTrip, PAUSE, deed);
  }

  @Override
  public void close() {
    client.close();
  }
}
