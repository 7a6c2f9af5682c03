package io.donna.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.TieredGateway;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Messages whose tree would keep an event loop busy, or fill the memory: more than a bound is
 * refused, what is large goes through in its order, and nobody else waits for it.
 */
class LargeTreesTest {
  private static final String TIERS =
      """
      plain: {}
      quick: {limits: {responses_per_minute: 1000}}
      locked:
        session: {locked: {tracing: null}}
      """;

  private static final int MEGABYTES_16 = (16 << 20) - 100;

  /** What a translation for a client of the beta needs trees of, and no policy. */
  private static final String BETA = "OpenAI-Beta: realtime=v1";

  @TempDir private static Path folder;

  private static TieredGateway gateway;
  private static TestUpstream plainUpstream;
  private static RunningGateway plain;

  @BeforeAll
  static void start() {
    gateway = new TieredGateway(folder, TIERS);
    plainUpstream = TestUpstream.start();
    plain = RunningGateway.behind(plainUpstream).start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
    plain.close();
    plainUpstream.close();
  }

  private static Talk talk(String tier) {
    return gateway.talk(tier, "");
  }

  private static Talk betaTalk() {
    return new Talk(
        plain.connectDropIn(RunningGateway.bearer("beta"), BETA), plainUpstream.take().accept());
  }

  private static String update(String session) {
    return "{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\"," + session + "}}";
  }

  private static String item(String content) {
    return "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
        + "\"content\":["
        + content
        + "]}}";
  }

  private static String image(int bytes) {
    return "{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,"
        + "A".repeat(bytes)
        + "\"}";
  }

  /** Tools of 300 kB, as text is in them. */
  private static String tools() {
    return "\"tools\":["
        + IntStream.range(0, 100)
            .mapToObj(i -> "{\"type\":\"function\",\"name\":\"f" + i + "\",\"description\":\"")
            .map(tool -> tool + "d".repeat(2_900))
            .map(tool -> tool + "\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}")
            .collect(Collectors.joining(","))
        + "]";
  }

  private static String objects(int bytes) {
    return update("\"tools\":[" + "{},".repeat(bytes / 3) + "{}]");
  }

  @Test
  void refusesMoreValuesThanATreeIsMadeOf() {
    try (Talk talk = talk("plain")) {
      talk.client.send(objects(MEGABYTES_16));

      talk.hearsError("too_many_values");
      talk.isSentNothing();
    }
  }

  @Test
  void refusesThemOfAClientOfTheBetaWithoutAPolicyToo() {
    try (Talk talk = betaTalk()) {
      talk.client.send(objects(MEGABYTES_16));

      talk.hearsError("too_many_values");
      talk.isSentNothing();
    }
  }

  @Test
  void refusesMoreOutsideOfStringsThanATreeIsMadeOf() {
    try (Talk talk = talk("plain")) {
      talk.client.send(update("\"speed\":" + "1".repeat(1 << 20)));
      talk.hearsError("too_much_structure");

      talk.client.send(update("\"include\":[" + " ".repeat(1 << 20) + "]"));
      talk.hearsError("too_much_structure");

      String names =
          IntStream.range(0, 19_000)
              .mapToObj(i -> "\"%s%d\":0".formatted("n".repeat(800), i))
              .collect(Collectors.joining(","));
      talk.client.send(update("\"tracing\":{" + names + "}"));
      talk.hearsError("too_much_structure");
      talk.isSentNothing();
    }
  }

  @Test
  void passesLargeToolsAndImagesAsTheyCameAndInTheirOrder() {
    try (Talk talk = talk("plain")) {
      List<String> said =
          List.of(update(tools()), item(image(3 << 20)), item(image(100)), update("\"tools\":[]"));
      said.forEach(talk.client::send);

      for (String each : said) {
        assertThat(talk.upstream.readText()).isEqualTo(each);
      }
    }
  }

  @Test
  void writesALargeMessageThatItChangesAndKeepsTheOrder() {
    try (Talk talk = talk("locked")) {
      JsonNode setUp = talk.isSent("session.update");
      talk.upstream.send("{\"type\":\"session.updated\",\"session\":{\"type\":\"realtime\"}}");
      talk.client.send(update("\"tracing\":\"auto\"," + tools()));
      talk.client.send("{\"type\":\"input_audio_buffer.clear\"}");

      assertThat(setUp.get("session").get("tracing").isNull()).isTrue();
      JsonNode sent = talk.isSent("session.update").get("session");
      assertThat(sent.get("tools")).hasSize(100);
      assertThat(sent.has("tracing")).isFalse();
      talk.isSent("input_audio_buffer.clear");
    }
  }

  @Test
  void translatesALargeMessageAndKeepsTheOrder() {
    try (Talk talk = betaTalk()) {
      talk.client.send(
          "{\"type\":\"session.update\",\"session\":{\"voice\":\"ash\"," + tools() + "}}");
      talk.client.send("{\"type\":\"input_audio_buffer.clear\"}");

      JsonNode session = talk.isSent("session.update").get("session");
      assertThat(session.get("audio").get("output").get("voice").asString()).isEqualTo("ash");
      assertThat(session.get("tools")).hasSize(100);
      talk.isSent("input_audio_buffer.clear");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 300_000, 4 << 20})
  void passesWhatTheUpstreamSaysHoweverLargeItsStringsAre(int length) {
    String text = "a".repeat(length);
    String done =
        "{\"type\":\"response.done\",\"response\":{\"id\":\"r\",\"output\":[{\"text\":\""
            + text
            + "\"}]}}";
    try (Talk talk = talk("quick")) {
      talk.upstream.send(done);
      talk.upstream.send("{\"type\":\"rate_limits.updated\"}");

      assertThat(talk.client.readText()).isEqualTo(done);
      talk.hears("rate_limits.updated");
    }
  }

  @Test
  void tellsWhatTheUpstreamSaidLastBeforeItWent() {
    String done =
        "{\"type\":\"response.done\",\"response\":{\"id\":\"r\",\"output\":\""
            + "a".repeat(1 << 20)
            + "\"}}";
    try (Talk talk = talk("quick")) {
      talk.upstream.send(done);
      talk.upstream.sendClose(1000, "done");

      assertThat(talk.client.readText()).isEqualTo(done);
      assertThat(talk.client.readClose().closeReason()).isEqualTo("done");
    }
  }

  @Test
  void endsASessionWhoseUpstreamSaysMoreThanATreeIsMadeOf() {
    try (Talk talk = talk("quick")) {
      talk.upstream.send(
          "{\"type\":\"response.done\",\"response\":[" + "{},".repeat(30_000) + "{}]}");

      talk.hearsError("upstream_unreadable");
      assertThat(talk.client.readClose().closeCode()).isEqualTo(1011);
    }
  }

  @Test
  void forgetsTheLargeMessageOfAClientThatIsGone() {
    for (int i = 0; i < 5; i++) {
      try (Talk talk = talk("plain")) {
        talk.client.send(item(image(2 << 20)));
      }
    }

    gateway.running().awaitNoConnections(); // and the class fails where a buffer is left
  }

  @Test
  void goesOnListeningToAClientWhoseUpstreamWentInTheMiddleOfALargeMessage() {
    try (TestClient client = gateway.connectReady("plain")) {
      client.connectRealtime();
      TestUpstream.Connection first = gateway.upstream().take().accept();
      client.send(item(image(2 << 20)));
      first.sendClose(1000, "done");

      assertThat(client.readUntil("realtime_disconnected")).isNotEmpty();
      client.connectRealtime();
      client.send("{\"type\":\"input_audio_buffer.clear\"}");
      TestUpstream.Connection second = gateway.upstream().take().accept();
      assertThat(second.readText()).contains("input_audio_buffer.clear");
    }
  }

  /** Six clients that send what takes a second each to read as a tree, while another talks. */
  @Test
  void letsNobodyWaitForAnothersLargeMessages() throws Exception {
    AtomicBoolean attacking = new AtomicBoolean(true);
    List<Thread> attackers = new ArrayList<>();
    byte[] attack = objects(MEGABYTES_16).getBytes(StandardCharsets.UTF_8);
    try (Talk talk = talk("plain")) {
      talk.isSentNothing();
      for (int i = 0; i < 6; i++) {
        TestClient attacker = gateway.connect(gateway.newUser(), "plain", "");
        gateway.upstream().take().accept();
        byte[] wire = attacker.encode(0x81, attack);
        attackers.add(
            Thread.ofVirtual()
                .start(() -> {
                  try (attacker) {
                    attacker.sendRaw(wire);
                    attacker.readText();
                  } catch (UncheckedIOException | AssertionError overload) {
                    // Where there is no memory for all six, some are closed.
                  }
                }));
      }
      Thread watch =
          Thread.ofVirtual()
              .start(() -> {
                for (Thread each : attackers) {
                  try {
                    each.join();
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                }
                attacking.set(false);
              });
      long longest = 0;
      while (attacking.get()) {
        long began = System.nanoTime();
        talk.isSentNothing();
        longest = Math.max(longest, System.nanoTime() - began);
      }
      watch.join();

      assertThat(TimeUnit.NANOSECONDS.toMillis(longest)).isLessThan(4_000);
    }
  }

  @Test
  void answersPingsAndClosesAfterLargeMessages() throws Exception {
    try (Talk talk = talk("plain")) {
      String large = item(image(1 << 20));
      talk.client.send(large);
      talk.client.send(0x89, new byte[] {7});
      talk.client.sendClose(1000, "bye");

      Frame pong = talk.client.readFrame();
      assertThat(pong.first()).isEqualTo(0x8A);
      assertThat(talk.upstream.readText()).isEqualTo(large);
      assertThat(talk.upstream.readClose().closeReason()).isEqualTo("bye");
    }
  }
}
