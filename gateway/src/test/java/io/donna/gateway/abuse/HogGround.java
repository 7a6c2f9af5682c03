package io.donna.gateway.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.abuse.LiveSession.Deed;
import io.donna.gateway.abuse.LiveSession.Delays;
import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.Webhook;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A gateway as it is shipped, with its default limits, that hogs meet innocent clients at: one that
 * talks, one whose words are judged, one that comes in anew each time. Every client has a loopback
 * address of its own unless it asks for one.
 */
final class HogGround implements AutoCloseable {
  /** What the innocent clients noticed, and what the gateway spent meanwhile. */
  record Noticed(Delays voice, Delays judged, Delays door, double cores, long grownBytes) {}

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private static final String POLICY =
      """
      default_tier: open
      tiers:
        open: {}
        judged:
          guards:
            - {name: words, on: [user], patterns: [forbidden], action: cancel}
        asked:
          guards:
            - {name: words, on: [user], webhook: "WEBHOOK", action: cancel, timeout_ms: 30000}
      """;

  private static final Duration BETWEEN_WORDS = Duration.ofMillis(100);
  private static final Duration BETWEEN_VISITS = Duration.ofMillis(200);

  /** Few enough for the crowd of a test to fill the gateway. */
  private static final int MAX_CONNECTIONS = 300;

  private static final Pattern MODEL = Pattern.compile("[?&]model=([\\w.-]+)");

  private final Path folder;
  private final Webhook webhook = Webhook.start();
  private final TestUpstream upstream = TestUpstream.start();
  private final GatewayProcess gateway;
  private final AtomicInteger addresses = new AtomicInteger();
  private final AtomicInteger users = new AtomicInteger();
  private final CopyOnWriteArrayList<TestClient> open = new CopyOnWriteArrayList<>();

  HogGround() throws IOException {
    folder = Files.createTempDirectory("donna-hogs");
    Path policy = folder.resolve("policy.yaml");
    Files.writeString(policy, POLICY.replace("WEBHOOK", webhook.uri().toString()));
    upstream.handEachTo(HogGround::answer);
    gateway =
        GatewayProcess.behind(upstream)
            .asShipped()
            .with("POLICY_FILE", policy)
            .with("MAX_CONNECTIONS", MAX_CONNECTIONS)
            .without("RATE_LIMIT_MAX_REQUESTS")
            .without("MAX_CONNECTIONS_PER_IP")
            .start();
  }

  /** Plays the upstream: takes every session, says audio back, and knows one model. */
  private static void answer(TestUpstream.Connection connection) {
    try (connection) {
      Matcher model = MODEL.matcher(connection.head());
      if (model.find() && model.group(1).startsWith("unknown")) {
        connection.answer("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}");
        return;
      }
      connection.accept();
      if (connection.head().contains("model=short")) {
        return;
      }
      connection.send("{\"type\":\"session.created\",\"session\":{\"type\":\"realtime\"}}");
      while (true) {
        String said = connection.readText();
        if (said.contains("input_audio_buffer.append")) {
          connection.send(said);
        } else {
          reply(connection, MAPPER.readTree(said));
        }
      }
    } catch (UncheckedIOException | AssertionError over) {
      // The gateway closed it.
    }
  }

  private static void reply(TestUpstream.Connection connection, JsonNode said) {
    switch (said.path("type").asString("")) {
      case "session.update" -> {
        ObjectNode updated = MAPPER.createObjectNode().put("type", "session.updated");
        connection.send(updated.set("session", said.path("session")).toString());
      }
      case "conversation.item.create" -> {
        ObjectNode added = MAPPER.createObjectNode().put("type", "conversation.item.added");
        connection.send(added.set("item", said.path("item")).toString());
      }
      case "input_audio_buffer.commit" -> {
        ObjectNode refused = MAPPER.createObjectNode().put("type", "error");
        refused
            .putObject("error")
            .put("type", "invalid_request_error")
            .put("code", "input_audio_buffer_commit_empty")
            .put("message", "buffer too small")
            .put("event_id", said.path("event_id").asString(""));
        connection.send(refused.toString());
      }
      default -> {}
    }
  }

  /** A loopback address that nobody else here has. */
  String newAddress() {
    int number = addresses.incrementAndGet();
    return "127.%d.%d.%d".formatted(1 + number / 62_500, 1 + number / 250 % 250, 1 + number % 250);
  }

  String newUser() {
    return "user" + users.incrementAndGet();
  }

  Socket socket(String from) {
    try {
      Socket socket = new Socket();
      socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()));
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return gateway.port();
  }

  Webhook webhook() {
    return webhook;
  }

  /** A client of {@code tier}, connected to the upstream by the drop-in path; closed at the end. */
  TestClient connect(String tier, String... headers) {
    return keep(dropIn(newAddress(), newUser(), tier, "gpt-realtime-2.1", headers));
  }

  /** As above, whose user and model are given. */
  TestClient dropIn(String from, String user, String tier, String model, String... headers) {
    String[] all = Arrays.copyOf(headers, headers.length + 1);
    all[headers.length] =
        "Authorization: Bearer "
            + RunningGateway.token(user, Map.of("donna", Map.of("tier", tier)));
    return TestClient.connect(socket(from), "/v1/realtime?model=" + model, all);
  }

  /** A client of the gateway's own dialogue that has said nothing yet; closed at the end. */
  TestClient silent(String from) {
    return keep(TestClient.connect(socket(from), "/realtime"));
  }

  TestClient keep(TestClient client) {
    open.add(client);
    return client;
  }

  /** Says what innocent clients notice while {@code deed} is done. */
  Noticed during(Deed deed) throws Exception {
    AtomicReference<Delays> judged = new AtomicReference<>();
    AtomicReference<Delays> door = new AtomicReference<>();
    try (TestClient talking = dropIn(newAddress(), newUser(), "open", "gpt-realtime-2.1");
        TestClient writing = dropIn(newAddress(), newUser(), "judged", "gpt-realtime-2.1")) {
      talking.readUntil("session.created");
      writing.readUntil("session.created");
      Voice voice = new Voice(talking);
      long memory = gateway.figures().residentBytes();
      Duration cpu = gateway.figures().cpu();
      long begun = System.nanoTime();
      Delays heard =
          Probe.repeat(
              voice,
              Duration.ofMillis(20),
              () ->
                  judged.set(
                      Probe.repeat(
                          () -> write(writing),
                          BETWEEN_WORDS,
                          () -> door.set(Probe.repeat(this::visit, BETWEEN_VISITS, deed)))));
      double cores =
          (double) gateway.figures().cpu().minus(cpu).toNanos() / (System.nanoTime() - begun);
      long grown = gateway.figures().residentBytes() - memory;
      return new Noticed(heard, judged.get(), door.get(), cores, grown);
    } finally {
      open.forEach(TestClient::close);
      open.clear();
    }
  }

  /** A hundred milliseconds of audio, which the upstream says back. */
  private static final class Voice implements Probe {
    private static final String AUDIO =
        "{\"type\":\"input_audio_buffer.append\",\"n\":%d,\"audio\":\"" + "A".repeat(6_400) + "\"}";

    private final TestClient client;
    private int said;

    Voice(TestClient client) {
      this.client = client;
    }

    @Override
    public Duration once() {
      String text = AUDIO.formatted(said++);
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      long begun = System.nanoTime();
      client.send(0x81, bytes);
      assertThat(client.readText()).isEqualTo(text);
      return Duration.ofNanos(System.nanoTime() - begun);
    }
  }

  /** A sentence that a guard judges before the upstream has it. */
  private static Duration write(TestClient client) {
    long begun = System.nanoTime();
    client.send(
        "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
            + "\"content\":[{\"type\":\"input_text\",\"text\":\"Good morning.\"}]}}");
    String heard = client.readText();
    assertThat(heard).contains("conversation.item.added");
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /** Comes in, with a token, up to the first word of the upstream. */
  private Duration visit() {
    long begun = System.nanoTime();
    try (TestClient visitor = dropIn(newAddress(), newUser(), "open", "gpt-realtime-2.1")) {
      assertThat(visitor.status()).as(visitor.head()).isEqualTo(101);
      visitor.readUntil("session.created");
      Duration took = Duration.ofNanos(System.nanoTime() - begun);
      visitor.sendClose(1000, "");
      visitor.readClose();
      return took;
    }
  }

  @Override
  public void close() throws IOException {
    gateway.close();
    upstream.close();
    webhook.close();
    Files.delete(folder.resolve("policy.yaml"));
    Files.delete(folder);
  }
}
