package io.donna.gateway.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A gateway with every guard on that all runs of {@link SessionsFuzz} share, and somebody who talks
 * beside them. Lives as long as its process.
 */
final class FuzzHouse {
  /** What the user must not say, and the assistant must not. */
  static final String SECRET = "secret";

  static final String FORBIDDEN = "forbidden";

  /** A word of the operator's instructions. */
  static final String HIDDEN = "hiddenword";

  static final List<String> TIERS = List.of("cancelled", "answered");

  private static final String POLICY =
      """
      default_tier: cancelled
      tiers:
        cancelled: &rules
          session:
            locked: {instructions: hiddenword}
            most: {max_output_tokens: 500}
          hide_instructions: true
          limits: {responses_per_minute: 1000}
          budgets:
            - {per: user, window: day, tokens: 1000000}
          guards:
            - {name: heard, on: [user], patterns: [secret], action: cancel}
            - {name: said, on: [assistant, tool_calls], patterns: [forbidden], action: cancel,
               hold_back: true}
        answered:
          session:
            locked: {instructions: hiddenword}
          hide_instructions: true
          budgets:
            - {per: user, window: day, tokens: 1000000}
          guards:
            - {name: heard, on: [user], patterns: [secret], action: answer, answer: No.}
            - {name: said, on: [assistant, tool_calls], patterns: [forbidden], action: answer,
               answer: No., hold_back: true}
      """
          .replace(" &rules", "");

  private static final Pattern MODEL = Pattern.compile("[?&]model=(\\w+)");
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static @Nullable FuzzHouse house;

  private final TestUpstream upstream = TestUpstream.start();
  private final RunningGateway gateway;
  private final Map<String, CompletableFuture<TestUpstream.Connection>> awaited =
      new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final List<String> faults = new CopyOnWriteArrayList<>();
  private final TestClient bystander;

  private FuzzHouse() {
    try {
      Path policy = Files.createTempFile("donna-fuzz", ".yaml");
      policy.toFile().deleteOnExit();
      Files.writeString(policy, POLICY);
      upstream.handEachTo(this::pair);
      gateway = RunningGateway.behind(upstream).with("POLICY_FILE", policy).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            if (event.getLevel() == Level.ERROR) {
              faults.add(event.getFormattedMessage());
            }
          }
        };
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
    bystander = connectBystander();
  }

  static synchronized FuzzHouse get() {
    FuzzHouse open = house == null ? new FuzzHouse() : house;
    house = open;
    return open;
  }

  private void pair(TestUpstream.Connection opened) {
    Matcher model = MODEL.matcher(opened.head());
    CompletableFuture<TestUpstream.Connection> pairing =
        model.find() ? awaited.remove(model.group(1)) : null;
    if (pairing == null) {
      opened.close(); // its client has gone
    } else {
      pairing.complete(opened);
    }
  }

  /** Names a model that only one upstream connection is asked for. */
  String newModel() {
    return "m" + numbers.incrementAndGet();
  }

  /** The upstream connection for {@code model}, once its gateway opens it. */
  CompletableFuture<TestUpstream.Connection> upstreamFor(String model) {
    return awaited.computeIfAbsent(model, none -> new CompletableFuture<>());
  }

  /** A client of the drop-in path with a user and an address of its own. */
  TestClient connect(String model, String tier) {
    // Longer than anybody lets a fuzzer run, for the bystander stays.
    String token =
        RunningGateway.token(
            "user-" + model, Duration.ofDays(7), Map.of("donna", Map.of("tier", tier)));
    try {
      int number = numbers.incrementAndGet();
      Socket socket = new Socket();
      String address =
          "127.%d.%d.%d"
              .formatted(1 + number / 62_500 % 250, 1 + number / 250 % 250, 1 + number % 250);
      socket.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
      return TestClient.connect(
          socket, "/v1/realtime?model=" + model, "Authorization: Bearer " + token);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TestClient connectBystander() {
    String model = newModel();
    CompletableFuture<TestUpstream.Connection> pairing = upstreamFor(model);
    TestClient client = connect(model, "cancelled");
    try {
      TestUpstream.Connection opened =
          pairing.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).accept();
      opened.answerPings();
      opened.socket().setSoTimeout(0);
      opened.send("{\"type\":\"session.created\",\"session\":{\"type\":\"realtime\"}}");
      Thread.ofVirtual().start(() -> sayBack(opened));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    client.answerPings();
    client.readUntil("session.created");
    return client;
  }

  private static void sayBack(TestUpstream.Connection opened) {
    try (opened) {
      while (true) {
        String said = opened.readText();
        if (said.contains("session.update")) {
          opened.send(said.replace("session.update", "session.updated"));
        } else if (said.contains("conversation.item.create")) {
          opened.send(said.replace("conversation.item.create", "conversation.item.added"));
        }
      }
    } catch (UncheckedIOException | AssertionError over) {
      // The process ends.
    }
  }

  /** The bystander says something that is judged, and hears it: at once, and nothing else. */
  void expectBystanderUndisturbed() {
    String number = "n" + numbers.incrementAndGet();
    long begun = System.nanoTime();
    bystander.send(
        "{\"type\":\"conversation.item.create\",\"item\":{\"id\":\""
            + number
            + "\",\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
            + "\"text\":\"Good morning.\"}]}}");
    assertThat(bystander.readText()).contains("conversation.item.added").contains(number);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
  }

  /** What the gateway's log called an error since the last time. */
  void expectNoFault() {
    List<String> found = List.copyOf(faults);
    faults.clear();
    assertThat(found).isEmpty();
  }

  /** The closing line of the session that ends next. */
  int logLength() {
    return gateway.log().size();
  }

  /** Waits for the closing line of the one session that ends from line {@code from} on. */
  String closingLine(int from) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (System.nanoTime() < end) {
      List<String> log = gateway.log();
      for (int i = from; i < log.size(); i++) {
        if (log.get(i).contains("WS_CONNECTION_CLOSED")) {
          return log.get(i);
        }
      }
      LockSupport.parkNanos(1_000_000);
    }
    throw new AssertionError("the session did not come to its end");
  }

  /** Everybody but the bystander is gone and holds nothing. */
  void expectNothingLeft() {
    assertThat(gateway.gateway().connections()).isEqualTo(1);
    gateway.log().clear();
  }
}
