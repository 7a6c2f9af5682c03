package io.donna.gateway.abuse;

import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

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
    AtomicBoolean done = new AtomicBoolean();
    List<Duration> delays = new CopyOnWriteArrayList<>();
    List<Throwable> faults = new CopyOnWriteArrayList<>();
    Thread talk =
        Thread.ofPlatform()
            .start(() -> {
              try {
                boolean last;
                do {
                  last = done.get();
                  delays.add(roundTrip());
                  LockSupport.parkNanos(PAUSE.toNanos());
                } while (!last);
              } catch (RuntimeException | AssertionError fault) {
                faults.add(fault);
              }
            });
    try {
      deed.run();
    } finally {
      done.set(true);
      talk.join();
    }
    if (!faults.isEmpty()) {
      throw new AssertionError("the live session did not go on", faults.getFirst());
    }
    return new Delays(delays.stream().sorted().toList());
  }

  @Override
  public void close() {
    client.close();
  }
}
