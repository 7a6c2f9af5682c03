package io.donna.gateway.faults;

import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * So many sessions at a time that come, talk, suffer and go. What one of them does is drawn from
 * the seed and its number; of when it does so, the machine has its say. Safe from any thread.
 */
final class SoakCrowd implements AutoCloseable {
  private static final int PAIRING_S = 20;

  private final GatewayProcess gateway;
  private final Duration longestLife;
  private final long seed;
  private final Pace pace = new Pace();

  /** Of the platform's: a sender that never waits would keep virtual ones from their turn. */
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory());

  private final List<Future<?>> slots;
  private final AtomicInteger begun = new AtomicInteger();
  private final Map<String, CompletableFuture<TestUpstream.Connection>> awaited =
      new ConcurrentHashMap<>();
  private final Map<SoakFault, LongAdder> lived = new EnumMap<>(SoakFault.class);
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final CountDownLatch broken = new CountDownLatch(1);
  private volatile boolean over;

  /** Comes at once, and goes on as fast as it can. */
  SoakCrowd(
      GatewayProcess gateway, TestUpstream upstream, int size, Duration longestLife, long seed) {
    this.gateway = gateway;
    this.longestLife = longestLife;
    this.seed = seed;
    for (SoakFault fault : SoakFault.values()) {
      lived.put(fault, new LongAdder());
    }
    upstream.handEachTo(this::pair);
    this.slots =
        IntStream.range(0, size).<Future<?>>mapToObj(slot -> threads.submit(this::live)).toList();
  }

  private void live() {
    while (!over && !isBroken()) {
      session(begun.incrementAndGet());
    }
  }

  private void session(int number) {
    session(number, faultOf(number));
  }

  /** One session more, beside those that the slots have. */
  void session(SoakFault fault) {
    session(begun.incrementAndGet(), fault);
  }

  private void session(int number, SoakFault fault) {
    String name = "s" + number;
    CompletableFuture<TestUpstream.Connection> pairing = new CompletableFuture<>();
    awaited.put(name, pairing);
    try (TestClient client = connect(name)) {
      try (TestUpstream.Connection upstream = upstreamOf(client, pairing)) {
        Random random = new Random(seed * 1_000_003 + number);
        Duration life = Duration.ofMillis(random.nextLong(longestLife.toMillis()));
        new SoakSession(client, upstream, fault, random, pace).run(life, threads);
      }
      lived.get(fault).increment();
    } catch (Exception | AssertionError wrong) {
      fail(new AssertionError("session " + number + " " + fault, wrong));
    } finally {
      awaited.remove(name);
    }
  }

  /** Every second session lives its life; the others have the faults in turn: none is left out. */
  private static SoakFault faultOf(int number) {
    SoakFault[] all = SoakFault.values();
    return number % 2 == 0 ? SoakFault.NONE : all[1 + number / 2 % (all.length - 1)];
  }

  private TestClient connect(String model) {
    TestClient client =
        TestClient.connect(
            gateway.port(), "/v1/realtime?model=" + model, RunningGateway.bearer(model));
    if (client.status() != 101) {
      throw new AssertionError("not let in: " + client.head() + client.body());
    }
    return client;
  }

  /** Hands a connection of the gateway's to the session it belongs to, which its model names. */
  private void pair(TestUpstream.Connection opened) {
    String model = opened.head().replaceAll("(?s).*[?&]model=(\\w+).*", "$1");
    CompletableFuture<TestUpstream.Connection> pairing = awaited.get(model);
    if (pairing == null || !pairing.complete(opened)) {
      fail(new AssertionError("an upstream that nobody asked for: " + opened.head()));
    }
  }

  private static TestUpstream.Connection upstreamOf(
      TestClient client, CompletableFuture<TestUpstream.Connection> pairing) throws Exception {
    try {
      return pairing.get(PAIRING_S, TimeUnit.SECONDS);
    } catch (TimeoutException never) {
      throw new AssertionError("no upstream was opened; the client heard: " + heard(client));
    }
  }

  private static String heard(TestClient client) throws SocketException {
    client.socket().setSoTimeout(1);
    try {
      return client.read().text();
    } catch (UncheckedIOException nothing) {
      return nothing.getCause().toString();
    }
  }

  Pace pace() {
    return pace;
  }

  /** Sessions that came to the end their fault asks for. */
  long lived(SoakFault fault) {
    return lived.get(fault).sum();
  }

  private void fail(AssertionError failure) {
    failures.add(failure);
    broken.countDown();
  }

  boolean isBroken() {
    return broken.getCount() == 0;
  }

  /** Waits until something goes otherwise than it must, but not longer than so. */
  void awaitBroken(Duration time) throws InterruptedException {
    broken.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** What went otherwise than it must. The first ends all. */
  Queue<Throwable> failures() {
    return failures;
  }

  /** Lets every session come to its end. */
  void finish() throws Exception {
    over = true;
    for (Future<?> slot : slots) {
      slot.get();
    }
  }

  @Override
  public void close() {
    over = true;
    threads.shutdownNow();
  }
}
