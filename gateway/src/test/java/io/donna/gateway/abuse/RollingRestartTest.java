package io.donna.gateway.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.event.Json;
import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.LoadBalancer;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Scale;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestRedis;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Three replicas behind a real HAProxy are restarted one after the other, under calls: no call is
 * cut in an answer, none is lost, and each answer is billed once.
 */
class RollingRestartTest {
  private static final int CALLS = Scale.of(300, 60);
  private static final int SERVICE_RESTART = 1012;
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(20);

  /** How long an answer of the simulator's is spoken, from the end of its delivery. */
  private static final Duration HEARD_OUT = Duration.ofMillis(3_500);

  private static final String ASK =
      """
      {"type":"response.create","response":{"input":[{"type":"message",\
      "role":"user","content":[{"type":"input_text","text":"Hello"}]}]}}\
      """;

  @TempDir private Path folder;
  @AutoClose private final TestRedis redis = TestRedis.start();
  @AutoClose private final Simulator upstream = Simulator.builder().start();

  private final Queue<String> answered = new ConcurrentLinkedQueue<>();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final AtomicInteger moved = new AtomicInteger();
  private volatile boolean over;

  private GatewayProcess.Builder replica(int number, Path policy) {
    return GatewayProcess.behind(upstream.uri())
        .with("REDIS_URL", redis.url())
        .with("REDIS_TIMEOUT_MS", 1_000)
        .with("REPLICA_NAME", "replica-" + number)
        .with("TRUSTED_PROXIES", "127.0.0.1")
        .with("MAX_CONNECTIONS_PER_IP", 10_000)
        .with("RATE_LIMIT_MAX_REQUESTS", 100_000)
        .with("POLICY_FILE", policy)
        .with("USAGE_LOG", folder.resolve("usage-" + number + ".jsonl"))
        .with("SHUTDOWN_HANDOVER", true)
        .with("SHUTDOWN_GRACE_MS", 60_000);
  }

  @Test
  @Timeout(240)
  void cutsNoCallAndBillsEachAnswerOnce() throws Exception {
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            default_tier: caller
            tiers:
              caller:
                models: {allowed: [gpt-realtime-2.1], default: gpt-realtime-2.1}
                limits: {sessions_per_user: 1}
                budgets: [{per: user, window: day, tokens: 1000000}]
            """);
    List<GatewayProcess> replicas = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        replicas.add(replica(i, policy).start());
      }
      try (LoadBalancer proxy =
          LoadBalancer.haproxy(replicas.stream().map(GatewayProcess::port).toList())) {
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
          int caller = i;
          callers.add(Thread.ofVirtual().start(() -> new Caller(caller, proxy.port()).talk()));
        }
        await("every call to have had an answer")
            .atMost(Duration.ofSeconds(60))
            .until(() -> answered.size() >= CALLS);
        for (int i = 0; i < 3; i++) {
          restart(replicas, i, policy);
        }
        over = true;
        for (Thread caller : callers) {
          caller.join();
        }
      }
      replicas.forEach(GatewayProcess::terminate);
    } finally {
      over = true;
      replicas.forEach(GatewayProcess::close);
    }

    assertThat(faults).isEmpty();
    assertThat(moved).as("calls that were handed over").hasValueGreaterThanOrEqualTo(CALLS);
    assertThat(billed()).containsExactlyInAnyOrderElementsOf(answered);
    Scale.figure("calls: %d, moves: %d, answers: %d", CALLS, moved.get(), answered.size());
  }

  private void restart(List<GatewayProcess> replicas, int number, Path policy) throws Exception {
    GatewayProcess old = replicas.get(number);
    old.process().destroy();
    assertThat(old.process().waitFor(70, TimeUnit.SECONDS)).as("drained").isTrue();
    assertThat(old.process().exitValue()).as(old.out()).isZero();
    replicas.set(number, replica(number, policy).port(old.port()).start());
    Thread.sleep(3_000); // HAProxy asks twice, a second apart
  }

  /** The responses in the usage logs of all replicas. */
  private List<String> billed() throws IOException {
    List<String> billed = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      for (String line : Files.readAllLines(folder.resolve("usage-" + i + ".jsonl"))) {
        JsonNode charge = json(line);
        if (charge.path("event").asString("").equals("response")) {
          billed.add(charge.path("id").asString());
        }
      }
    }
    return billed;
  }

  private static long nanos(int millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static JsonNode json(String text) {
    return Json.ofDocuments(32).read(text.getBytes(StandardCharsets.UTF_8));
  }

  /** One call: asks, listens, is silent for a moment, and comes again when it is told to. */
  private final class Caller {
    private final int number;
    private final int port;
    private final Random random;

    Caller(int number, int port) {
      this.number = number;
      this.port = port;
      this.random = new Random(number);
    }

    private boolean isDropIn() {
      return number % 2 == 0;
    }

    void talk() {
      Optional<String> resume = Optional.empty();
      try {
        while (!over) {
          Optional<Move> move = talkOnce(resume);
          if (move.isEmpty()) {
            return;
          }
          moved.incrementAndGet();
          resume = move.get().token();
          Thread.sleep(move.get().pauseMs());
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      } catch (UncheckedIOException | AssertionError failed) {
        faults.add("call " + number + ": " + failed);
      }
    }

    /** Talks until the gateway asks to move, or the test is over. */
    private Optional<Move> talkOnce(Optional<String> resume) throws InterruptedException {
      String token = RunningGateway.token("caller-" + number);
      try (TestClient client =
          isDropIn()
              ? TestClient.connect(
                  port, "/v1/realtime?model=gpt-realtime-2.1", "Authorization: Bearer " + token)
              : TestClient.connect(port, "/realtime")) {
        if (client.status() != 101) {
          faults.add("call " + number + " was refused: " + client.head());
          return Optional.empty();
        }
        if (!isDropIn()) {
          client.authenticate(resume.orElse(token)).connectRealtime();
        }
        return new Conversation(client).hold();
      }
    }

    private final class Conversation {
      private final TestClient client;
      private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
      private boolean inAnswer;
      private boolean asked;
      private Optional<Move> announced = Optional.empty();

      Conversation(TestClient client) {
        this.client = client;
        client.answerPings();
      }

      Optional<Move> hold() throws InterruptedException {
        Thread.ofVirtual().start(this::read);
        long ask = Long.MAX_VALUE;
        while (true) {
          Frame frame = frames.poll(50, TimeUnit.MILLISECONDS);
          if (frame != null && frame.isClose()) {
            return closed(frame);
          }
          if (frame != null && isSilentNow(json(frame.text()))) {
            ask = System.nanoTime() + HEARD_OUT.toNanos() + nanos(random.nextInt(2_500));
            asked = false;
          }
          if (!asked && !inAnswer && System.nanoTime() - ask > 0) {
            if (over) {
              return Optional.empty();
            }
            client.send(ASK);
            asked = true;
            ask = System.nanoTime() + LONGEST_SILENCE.toNanos();
          } else if (asked && !inAnswer && System.nanoTime() - ask > 0) {
            faults.add("call " + number + " waits in vain");
            return Optional.empty();
          }
        }
      }

      private Optional<Move> closed(Frame close) {
        if (close.closeCode() != SERVICE_RESTART || inAnswer) {
          faults.add(
              "call %d was closed with %d%s"
                  .formatted(number, close.closeCode(), inAnswer ? " in an answer" : ""));
          return Optional.empty();
        }
        return Optional.of(announced.orElse(new Move(Optional.empty(), random.nextInt(1_000))));
      }

      /** Whether the session has begun, or an answer has ended. */
      private boolean isSilentNow(JsonNode event) {
        switch (event.path("type").asString("")) {
          case "session.created" -> {
            return true;
          }
          case "response.created" -> inAnswer = true;
          case "response.done" -> {
            inAnswer = false;
            answered.add(event.path("response").path("id").asString());
            return true;
          }
          case "reconnect" ->
              announced =
                  Optional.of(
                      new Move(
                          Optional.of(event.path("resume").asString()),
                          event.path("after_ms").asLong()));
          case "error" -> faults.add("call " + number + ": " + event);
          default -> {}
        }
        return false;
      }

      private void read() {
        try {
          Frame frame;
          do {
            frame = client.read();
            frames.add(frame);
          } while (!frame.isClose());
        } catch (UncheckedIOException | AssertionError ended) {
          // Whoever holds the conversation has closed it, or waits in vain.
        }
      }
    }
  }

  /** Where a call goes on: with the token it was given, after a pause. */
  private record Move(Optional<String> token, long pauseMs) {}
}
