package io.donna.gateway.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Choices;
import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fuzz target: whatever a client and its upstream say, in whatever order, with every guard on,
 *
 * <ul>
 *   <li>nothing that was stopped is heard: no word that the assistant must not say, no answer to
 *       speech that the user must not say, none of the operator's instructions;
 *   <li>nothing that the user must not write reaches the upstream;
 *   <li>everything that the upstream says was used is billed;
 *   <li>nobody else notices: another session goes on, the log has no fault, nothing is left.
 * </ul>
 *
 * An upstream is faithful to the protocol, or it says anything; of the latter, only the first, the
 * second and the last hold.
 */
public final class SessionsFuzz {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MOST_STEPS = 60;

  private static final List<String> SAID =
      List.of("clean words", FuzzHouse.FORBIDDEN, "call clean", "call " + FuzzHouse.FORBIDDEN);

  private static final Pattern TOKENS =
      Pattern.compile("\"inputTokens\":(\\d+).*\"outputTokens\":(\\d+)");

  private static final Pattern RESPONSES = Pattern.compile("\"responses\":(\\d+)");

  private static final List<String> ANY_ITEM = List.of("u1-", "u2-", "a2", "a3", "i1", "i2");

  private final FuzzHouse house = FuzzHouse.get();
  private final Choices choices;
  private final boolean faithful;
  private final TestClient client;
  private final ModelUpstream upstream;
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final AtomicReference<CountDownLatch> pong = new AtomicReference<>(new CountDownLatch(0));
  private final int logBefore;

  /** The client's connection has ended. */
  private volatile boolean ended;

  private SessionsFuzz(byte[] input) {
    choices = new Choices(input);
    faithful = !choices.yes();
    logBefore = house.logLength();
    String model = house.newModel();
    CompletableFuture<TestUpstream.Connection> pairing = house.upstreamFor(model);
    client = house.connect(model, choices.of(FuzzHouse.TIERS));
    assertThat(client.status()).isEqualTo(101);
    try {
      upstream = new ModelUpstream(pairing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).accept());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    Thread.ofVirtual().start(this::hear);
  }

  public static void fuzzerTestOneInput(byte[] input) {
    new SessionsFuzz(input).run();
  }

  private void hear() {
    try {
      while (true) {
        Frame frame = client.readFrame();
        switch (frame.opcode()) {
          case 1 -> {
            heard.add(frame.text());
            ModelUpstream.trace("   client hears ", frame.text());
          }
          case 9 -> client.send(0x8A, frame.payload());
          case 10 -> pong.get().countDown();
          case 8 -> client.sendClose(1000, "");
          default -> {}
        }
      }
    } catch (IOException | UncheckedIOException over) {
      ended = true;
      pong.get().countDown();
    }
  }

  private void run() {
    for (int step = 0; step < MOST_STEPS && choices.hasMore(); step++) {
      if (choices.yes()) {
        clientStep();
      } else {
        upstreamStep();
      }
    }
    end();
    String closing = house.closingLine(logBefore);
    expectNothingStoppedWasHeard();
    if (faithful) {
      expectAllOnTheBill(closing);
    }
    house.expectNoFault();
    house.expectBystanderUndisturbed();
    house.expectNothingLeft();
  }

  private void clientStep() {
    String item = choices.of(ANY_ITEM);
    switch (choices.upTo(15)) {
      case 0 -> say("conversation.item.create", message("clean words"));
      case 1 -> say("conversation.item.create", message("a " + FuzzHouse.SECRET));
      case 2 -> say("response.create", "\"response\":{}");
      case 3 ->
          say("response.create", "\"event_id\":\"same\",\"response\":{\"metadata\":{\"a\":\"b\"}}");
      case 4 ->
          say(
              "response.create",
              "\"response\":{\"conversation\":\"none\",\"input\":[" + inner("clean") + "]}");
      case 5 ->
          say(
              "response.create",
              "\"response\":{\"conversation\":\"none\",\"input\":["
                  + inner(FuzzHouse.SECRET)
                  + "]}");
      case 6 -> say("response.cancel", "\"event_id\":\"same\"");
      case 7 -> say("conversation.item.delete", "\"item_id\":\"" + item + "\"");
      case 8 -> say("conversation.item.retrieve", "\"item_id\":\"" + item + "\"");
      case 9 ->
          say(
              "conversation.item.truncate",
              "\"item_id\":\"" + item + "\",\"content_index\":0,\"audio_end_ms\":0");
      case 10 ->
          say("input_audio_buffer.append", "\"audio\":\"" + "AAAA".repeat(choices.upTo(64)) + "\"");
      case 11 -> say("input_audio_buffer.commit", choices.yes() ? "\"event_id\":\"same\"" : "");
      case 12 -> say("session.update", "\"session\":{\"type\":\"realtime\"," + update() + "}");
      case 13 ->
          say(
              "conversation.item.create",
              "\"item\":{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\""
                  + choices.of(
                      List.of("clean", FuzzHouse.SECRET, "{\\\"a\\\":\\\"s\\\\u0065cret\\\"}"))
                  + "\"}");
      case 14 -> settle();
      default -> say("input_audio_buffer.clear", "");
    }
  }

  private String update() {
    return choices.of(
        List.of(
            "\"instructions\":\"mine\"",
            "\"audio\":{\"input\":{\"format\":{\"type\":\"audio/pcmu\"}}}",
            "\"audio\":{\"input\":{\"turn_detection\":null}}",
            "\"audio\":{\"input\":{\"turn_detection\":{\"type\":\"server_vad\",\"idle_timeout_ms\":5000}}}",
            "\"audio\":{\"input\":{\"transcription\":{\"model\":\"whisper-1\",\"prompt\":\"x\"}}}",
            "\"max_output_tokens\":\"inf\""));
  }

  private static String message(String text) {
    return "\"item\":" + inner(text);
  }

  private static String inner(String text) {
    return "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\""
        + text
        + "\"}]}";
  }

  private void upstreamStep() {
    String said = choices.of(SAID);
    switch (choices.upTo(faithful ? 9 : 12)) {
      case 0 -> upstream.pump(said);
      case 1 -> {
        String item = upstream.hearSpeech();
        settle();
        upstream.hearSilence(item);
      }
      case 2 -> upstream.transcribe("clean");
      case 3 -> upstream.transcribe("a " + FuzzHouse.SECRET);
      case 4 -> upstream.failToTranscribe();
      case 5 -> upstream.advance(1);
      case 6 -> upstream.advance(3);
      case 7 -> upstream.advance(20);
      case 8 -> settle();
      case 9 -> upstream.send("{\"type\":\"rate_limits.updated\",\"rate_limits\":[]}");
      case 10 -> upstream.send(choices.of(ANYTHING).replace("ITEM", choices.of(ANY_ITEM)));
      case 11 -> upstream.send(new String(choices.rest(), StandardCharsets.ISO_8859_1));
      default -> upstream.send("{\"type\":\"response.created\",\"response\":{}}");
    }
  }

  /** What no faithful upstream says, and what a stopped answer could come out in. */
  private static final List<String> ANYTHING =
      List.of(
          "{\"type\":\"conversation.item.retrieved\",\"item\":{\"id\":\"ITEM\",\"role\":\"assistant\",\"content\":[{\"text\":\"forbidden\"}]}}",
          "{\"type\":\"conversation.item.done\",\"item\":{\"id\":\"ITEM\",\"role\":\"assistant\",\"content\":[{\"transcript\":\"forbidden\"}]}}",
          "{\"type\":\"response.output_item.added\",\"response_id\":\"r2\",\"item\":{\"id\":\"ITEM\",\"type\":\"function_call\",\"arguments\":\"forbidden\"}}",
          "{\"type\":\"response.done\",\"response\":{\"id\":\"r9\",\"status\":\"completed\",\"output\":[{\"id\":\"ITEM\",\"content\":[{\"transcript\":\"forbidden\"}]}]}}",
          "{\"type\":\"response.content_part.done\",\"response_id\":\"r2\",\"item_id\":\"ITEM\",\"part\":{\"transcript\":\"forbidden\"}}",
          "{\"type\":\"response.output_text.delta\",\"response_id\":\"r8\",\"item_id\":\"ITEM\",\"delta\":\"forbidden\"}",
          "{\"type\":\"response.new_kind.delta\",\"response_id\":\"r2\",\"item_id\":\"ITEM\",\"delta\":\"forbidden\"}",
          "{\"type\":\"something.else\",\"item_id\":\"ITEM\",\"words\":\"forbidden\"}",
          "{\"type\":\"response.created\",\"type\":\"rate_limits.updated\",\"response\":{\"id\":\"r2\"}}",
          "{\"type\":\"response.created\",\"response\":{\"id\":7,\"output\":[{\"content\":[{\"text\":\"forbidden\"}]}]}}",
          "{\"type\":\"conversation.item.deleted\",\"item_id\":\"ITEM\"}",
          "{\"type\":\"session.updated\",\"session\":{\"instructions\":\"hiddenword\"}}",
          "{\"type\":\"error\",\"error\":{\"event_id\":\"same\",\"code\":\"x\",\"message\":\"y\"}}");

  /** Both legs have taken what they were sent. */
  private void settle() {
    CountDownLatch answered = new CountDownLatch(1);
    pong.set(answered);
    if (ended) {
      return;
    }
    try {
      client.send(0x89, new byte[] {1});
      answered.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (UncheckedIOException ended) {
      // Then there is nothing to wait for.
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void say(String type, String rest) {
    String text = "{\"type\":\"" + type + "\"" + (rest.isEmpty() ? "" : "," + rest) + "}";
    ModelUpstream.trace("   client says ", text);
    try {
      client.send(text);
    } catch (UncheckedIOException ended) {
      // The gateway may have closed the session.
    }
  }

  /** One side goes, one way or the other; the upstream goes on until it has said all. */
  private void end() {
    switch (choices.upTo(3)) {
      case 0 -> {
        settle();
        try {
          client.sendClose(1000, "");
        } catch (UncheckedIOException ended) {
          // It is closed already.
        }
      }
      case 1 -> client.close();
      case 2 -> upstream.sendClose();
      default -> {
        settle();
        client.close();
      }
    }
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!upstream.isOver() && System.nanoTime() < end) {
      upstream.pump("clean words");
      upstream.advance(20);
      upstream.transcribe("clean");
      LockSupport.parkNanos(1_000_000);
    }
    upstream.close();
    client.close();
  }

  private void expectNothingStoppedWasHeard() {
    List<String> all = new ArrayList<>(heard);
    for (String text : all) {
      assertThat(text).doesNotContain(FuzzHouse.FORBIDDEN, FuzzHouse.HIDDEN);
      for (String item : upstream.refused()) {
        assertThat(text).doesNotContain("reads-" + item);
      }
    }
    assertThat(upstream.received()).noneMatch(text -> text.contains(FuzzHouse.SECRET));
  }

  private void expectAllOnTheBill(String closing) {
    long tokens = 0;
    Matcher matcher = TOKENS.matcher(closing);
    if (matcher.find()) {
      tokens = Long.parseLong(matcher.group(1)) + Long.parseLong(matcher.group(2));
    }
    Matcher responses = RESPONSES.matcher(closing);
    int billed = responses.find() ? Integer.parseInt(responses.group(1)) : 0;
    assertThat(billed).as(closing).isGreaterThanOrEqualTo(upstream.begun());
    assertThat(tokens).as(closing).isGreaterThanOrEqualTo(upstream.stated());
  }
}
