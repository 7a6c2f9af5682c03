package io.donna.gateway.admin;

import io.donna.gateway.audit.LineSecurityLog;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.config.LogFormat;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens, as it happens, for those who watch: security events, and whatever else is
 * published. Costs a volatile read while nobody does. Safe from any thread; publishing never
 * blocks.
 */
public final class LiveFeed implements SecurityLog, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveFeed.class);

  static final int MOST_SUBSCRIBERS = 32;
  private static final int MOST_WAITING = 4_096;
  private static final Duration BEAT = Duration.ofSeconds(15);

  /** An event that is yet to be written. */
  private record Item(String type, Supplier<String> json) {}

  private final List<EventStream> subscribers = new CopyOnWriteArrayList<>();
  private final WatcherPlaces places = new WatcherPlaces(MOST_SUBSCRIBERS);
  private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(MOST_WAITING);
  private final AtomicInteger overflown = new AtomicInteger();
  private final AtomicBoolean started = new AtomicBoolean();
  private final Thread writer = Thread.ofVirtual().name("live feed").unstarted(this::run);
  private final Duration beat;
  private final Clock clock;

  public LiveFeed(Clock clock) {
    this(clock, BEAT);
  }

  LiveFeed(Clock clock, Duration beat) {
    this.clock = clock;
    this.beat = beat;
  }

  /** Publishes a security event as it stands in a log of JSON. */
  @Override
  public void record(SecurityEvent event) {
    if (isWatched()) {
      publish("security", () -> line(event));
    }
  }

  private String line(SecurityEvent event) {
    AtomicReference<String> line = new AtomicReference<>("");
    new LineSecurityLog(LogFormat.JSON, clock, (kind, events, written) -> line.set(written))
        .record(event);
    return line.get();
  }

  /** Whether anybody watches, so that publishing is worth its while. */
  public boolean isWatched() {
    return !subscribers.isEmpty();
  }

  /**
   * Publishes an event, which is rendered later on a thread of the feed's own.
   *
   * @param type the event's name, of letters and underscores
   * @param json renders the event on one line
   */
  public void publish(String type, Supplier<String> json) {
    if (isWatched() && !queue.offer(new Item(type, json))) {
      overflown.incrementAndGet();
    }
  }

  /**
   * Takes one of the places for subscribers until the stream ends; false if none is left for this
   * operator.
   */
  boolean takePlace(EventStream stream, String operator) {
    return places.take(stream, operator);
  }

  /** Sends all further events to {@code stream}. */
  void subscribe(EventStream stream) {
    subscribers.add(stream);
    stream.whenClosed(() -> subscribers.remove(stream));
    if (started.compareAndSet(false, true)) {
      writer.start();
    }
  }

  private void run() {
    long nextBeat = System.nanoTime() + beat.toNanos();
    try {
      while (true) {
        Item item = queue.poll(nextBeat - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (item != null) {
          deliver(item);
        }
        if (nextBeat - System.nanoTime() <= 0) {
          nextBeat = System.nanoTime() + beat.toNanos();
          subscribers.forEach(EventStream::beat);
        }
      }
    } catch (InterruptedException closed) {
      subscribers.forEach(EventStream::close);
    }
  }

  private void deliver(Item item) {
    try {
      int missed = overflown.getAndSet(0);
      if (missed > 0) {
        subscribers.forEach(one -> one.send("lost", "{\"events\":" + missed + "}"));
      }
      String json = item.json.get();
      subscribers.forEach(one -> one.send(item.type, json));
    } catch (RuntimeException fault) {
      LOG.error("an event of the live feed cannot be written", fault);
    }
  }

  @Override
  public void close() {
    writer.interrupt();
  }
}
