package io.donna.gateway.faults;

import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Half load with random faults: a gateway as it is shipped, but for Netty's leak detector at
 * paranoid; as fast as the crowd can for a while, to find what the machine at hand carries, then at
 * half of it; then everybody goes, and nothing may be left.
 */
final class Soak {
  private static final String CAME = "WS_CONNECTION_ESTABLISHED";
  private static final Duration LONGEST_SEARCH = Duration.ofSeconds(20);
  private static final Duration LONGEST_LIFE = Duration.ofSeconds(8);
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(30);

  /** The meter may stay with an upstream for ten seconds. */
  private static final Duration LONGEST_LEAVING = Duration.ofSeconds(20);

  /** By how much a live heap differs from one look to the next, under load and without. */
  private static final long HEAP_NOISE = 8 << 20;

  private static final long IDLE_HEAP_NOISE = 4 << 20;

  /** What the allocator may keep for later. */
  private static final long RESIDENT_NOISE = 32 << 20;

  private final Duration time;
  private final int sessions;
  private final long seed;
  private final Consumer<String> out;
  private final List<String> problems = new ArrayList<>();

  /**
   * A soak that has not begun.
   *
   * @param time from the first session to the last
   * @param sessions at a time
   * @param seed what they do is drawn from
   * @param out told how it goes, and what came of it
   */
  Soak(Duration time, int sessions, long seed, Consumer<String> out) {
    this.time = time;
    this.sessions = sessions;
    this.seed = seed;
    this.out = out;
  }

  /** Runs it, and returns what went otherwise than it must: nothing, if all is well. */
  List<String> run() throws Exception {
    out.accept("%d s, %d sessions at a time, seed %d".formatted(time.toSeconds(), sessions, seed));
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = gateway(upstream)) {
      warmUp(gateway, upstream);
      Footprint before = Footprint.of(gateway);
      out.accept("nobody there: " + before);
      Duration search = shorter(time.dividedBy(4), LONGEST_SEARCH);
      try (SoakCrowd crowd =
          new SoakCrowd(gateway, upstream, sessions, shorter(search, LONGEST_LIFE), seed)) {
        load(gateway, crowd, search);
        crowd.finish();
        expectNothingLeft(gateway, before);
        expectAllOnTheBill(gateway, crowd);
        crowd.session(SoakFault.NONE);
        expectAQuietLog(gateway);
        crowd.failures().forEach(failure -> problems.add(trace(failure)));
      }
      int status = gateway.terminate();
      expect(status == 0, "the gateway ended with " + status);
    }
    problems.forEach(problem -> out.accept("PROBLEM: " + problem));
    return List.copyOf(problems);
  }

  private static GatewayProcess gateway(TestUpstream upstream) {
    return GatewayProcess.behind(upstream)
        .asShipped()
        .java("-Dio.netty.leakDetection.level=paranoid")
        .java("-Dio.netty.leakDetection.acquireAndReleaseOnly=true") // not at each byte read
        .start();
  }

  /** What a process opens once is open afterwards. */
  private static void warmUp(GatewayProcess gateway, TestUpstream upstream) {
    try (TestClient client = gateway.connectDropIn();
        TestUpstream.Connection opened = upstream.take().accept()) {
      client.sendClose(1000, "");
      opened.readClose();
      opened.sendClose(1000, "");
      client.reachesEnd();
    }
    Footprint.of(gateway);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private void load(GatewayProcess gateway, SoakCrowd crowd, Duration search)
      throws InterruptedException {
    double most = rate(crowd, search);
    out.accept("saturated at %.0f messages a second; from now on half of it".formatted(most));
    crowd.pace().setIntervalNanos((long) (2e9 * sessions / (most / 2)));
    rate(crowd, search); // what was on its way arrives
    Footprint first = Footprint.of(gateway);
    Footprint last = first;
    out.accept(first.toString());
    long end = System.nanoTime() + time.minus(search.multipliedBy(2)).toNanos();
    while (!crowd.isBroken() && end - System.nanoTime() > 0) {
      double half = rate(crowd, shorter(Duration.ofNanos(end - System.nanoTime()), BETWEEN_LOOKS));
      last = Footprint.of(gateway);
      out.accept("%d messages, %.0f a second; %s".formatted(crowd.pace().delivered(), half, last));
    }
    expectLevel(first, last, HEAP_NOISE);
    long resident = last.residentBytes() - first.residentBytes();
    expect(resident < RESIDENT_NOISE, "the process grew by %d bytes".formatted(resident));
  }

  private void expectLevel(Footprint first, Footprint last, long noise) {
    long heap = last.live().bytes() - first.live().bytes();
    expect(
        heap < noise,
        "the live heap grew by %d bytes: %s"
            .formatted(heap, last.live().growthSince(first.live())));
  }

  /** How many messages a second arrive, over {@code time}, or less where something goes wrong. */
  private static double rate(SoakCrowd crowd, Duration time) throws InterruptedException {
    long begun = System.nanoTime();
    long before = crowd.pace().delivered();
    crowd.awaitBroken(time);
    return (crowd.pace().delivered() - before) * 1e9 / (System.nanoTime() - begun);
  }

  private void expectNothingLeft(GatewayProcess gateway, Footprint before) {
    try {
      Awaitility.await()
          .atMost(LONGEST_LEAVING)
          .until(() ->
              gateway.figures().descriptors() <= before.descriptors()
                  && count(gateway, CAME) == count(gateway, "WS_CONNECTION_CLOSED"));
    } catch (ConditionTimeoutException staying) {
      problems.add("not everybody has left");
    }
    Footprint after = Footprint.of(gateway);
    out.accept("nobody there: " + after);
    expectLevel(before, after, IDLE_HEAP_NOISE);
    expect(after.descriptors() <= before.descriptors(), "descriptors are left open");
    expect(after.ofSessions() <= before.ofSessions(), "objects of sessions are left");
  }

  private void expectAllOnTheBill(GatewayProcess gateway, SoakCrowd crowd) {
    for (SoakFault fault : SoakFault.values()) {
      out.accept("%6d %s".formatted(crowd.lived(fault), fault));
      expect(crowd.lived(fault) > 0, "no session came to its end with " + fault);
    }
    long left = crowd.lived(SoakFault.CLIENT_LEAVES_A_RESPONSE);
    long charged = count(gateway, "\"responses\":1");
    expect(left == charged, "%d responses were left, %d are on a bill".formatted(left, charged));
  }

  /** Of leaks, Netty tells when buffers are taken again. */
  private void expectAQuietLog(GatewayProcess gateway) {
    expect(
        gateway
            .out()
            .lines()
            .filter(line -> line.contains(CAME))
            .toList()
            .getLast()
            .contains("\"totalConnections\":1,"),
        "who came when all had gone was not the only one");
    gateway
        .out()
        .lines()
        .filter(line -> line.matches(".*( ERROR |LEAK|lines lost).*"))
        .forEach(problems::add);
  }

  private static String trace(Throwable failure) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    return trace.toString();
  }

  private static long count(GatewayProcess gateway, String part) {
    return gateway.out().lines().filter(line -> line.contains(part)).count();
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      problems.add(otherwise);
    }
  }
}
