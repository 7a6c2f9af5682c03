package io.donna.gateway.faults;

import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Sessions that come, talk, suffer and go, at half the rate that the machine at hand can carry: as
 * fast as they can for a while to find that rate, then at half of it.
 */
final class Soak implements AutoCloseable {
  private final GatewayProcess gateway;
  private final TestUpstream upstream;
  private final int concurrent;
  private final Duration longestLife;

  /** Of the platform's: a sender that never waits would keep virtual ones from their turn. */
  private final ThreadFactory factory = Thread.ofPlatform().daemon().factory();

  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(factory);
  private final Map<String, CompletableFuture<TestUpstream.Connection>> expected =
      new ConcurrentHashMap<>();
  private final AtomicInteger sessions = new AtomicInteger();
  private final Map<SoakFault, LongAdder> ended = new EnumMap<>(SoakFault.class);
  private final LongAdder delivered = new LongAdder();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> slots = new ArrayList<>();

  private volatile long pauseNanos;
  private volatile boolean over;

  Soak(GatewayProcess gateway, TestUpstream upstream, int concurrent, Duration longestLife) {
    this.gateway = gateway;
    this.upstream = upstream;
    this.concurrent = concurrent;
    this.longestLife = longestLife;
    for (SoakFault fault : SoakFault.values()) {
      ended.put(fault, new LongAdder());
    }
  }

  /** Starts all slots, each of which has one session after the other. */
  void begin() {
    threads.execute(this::pair);
    for (int i = 0; i < concurrent; i++) {
      Random random = new Random(i);
      Thread slot =
          factory.newThread(() -> {
            while (!over && failures.isEmpty()) {
              session(random);
            }
          });
      slots.add(slot);
      slot.start();
    }
  }

  /** Hands each connection of the gateway's to the session it belongs to, which the model names. */
  private void pair() {
    while (!over) {
      if (upstream.isUntouched()) {
        LockSupport.parkNanos(200_000);
        continue;
      }
      try {
        TestUpstream.Connection opened = upstream.take();
        String model = opened.head().replaceAll("(?s).*[?&]model=(\\w+).*", "$1");
        expected.get(model).complete(opened);
      } catch (RuntimeException | AssertionError broken) {
        failures.add(broken);
      }
    }
  }

  private void session(Random random) {
    SoakFault[] all = SoakFault.values();
    int number = sessions.incrementAndGet();
    // Half of them live their life; the others' faults in turn, so that none is forgotten.
    SoakFault fault = number % 2 == 0 ? SoakFault.NONE : all[number / 2 % all.length];
    String model = "s" + number;
    CompletableFuture<TestUpstream.Connection> paired = new CompletableFuture<>();
    expected.put(model, paired);
    try (TestClient client =
        TestClient.connect(
            gateway.port(),
            "/v1/realtime?model=" + model,
            "Authorization: Bearer " + RunningGateway.token(model))) {
      try (TestUpstream.Connection opened = paired.get(30, TimeUnit.SECONDS)) {
        new SoakSession(client, opened, fault, random, () -> pauseNanos, delivered)
            .run(life(random), threads);
      }
      ended.get(fault).increment();
    } catch (Exception | AssertionError broken) {
      failures.add(new AssertionError(model + " " + fault, broken));
    } finally {
      expected.remove(model);
    }
  }

  private Duration life(Random random) {
    return Duration.ofMillis(random.nextLong(longestLife.toMillis()));
  }

  /** Messages that have arrived as they were sent. */
  long delivered() {
    return delivered.sum();
  }

  int sessions() {
    return sessions.get();
  }

  long ended(SoakFault fault) {
    return ended.get(fault).sum();
  }

  Queue<Throwable> failures() {
    return failures;
  }

  /** From now on so many messages a second in all, of both directions. */
  void setRate(double messagesPerSecond) {
    pauseNanos = (long) (2.0 * concurrent / messagesPerSecond * 1e9);
  }

  /** Lets every session come to its end. */
  void finish() throws InterruptedException {
    over = true;
    for (Thread slot : slots) {
      slot.join();
    }
  }

  @Override
  public void close() {
    over = true;
    threads.shutdownNow();
  }
}
