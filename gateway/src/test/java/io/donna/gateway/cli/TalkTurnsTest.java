package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.simulator.SimulatedConnection;
import io.donna.simulator.Simulator;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversations as they should be, with the simulator. */
class TalkTurnsTest {
  private static final String FIGURES =
      "       first audio after \\d+ ms · \\d+\\.\\d s of audio · \\d+ tokens \\(\\d+ in, \\d+ out\\)\\R";

  private Simulator simulator;
  private String url;

  @TempDir Path directory;

  @BeforeEach
  void start() {
    simulator = Simulator.builder().speed(50).start();
    url = simulator.uri() + "?model=gpt-realtime-1.5";
  }

  @AfterEach
  void stop() {
    simulator.close();
  }

  @Test
  void showsEachTurnOfTheCommandLineAndWhatItTook() {
    TalkRun run =
        TalkRun.talk(url, "--token", "sk-me", "--text", "hello", "--text", "count to ten");

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .matches(
            "you> hello\\Rdonna> .+\\R%syou> count to ten\\Rdonna> .+\\R%s"
                .formatted(FIGURES, FIGURES));
  }

  @Test
  void asksTheDropInEndpointAsAnSdkDoes() {
    TalkRun.talk(url, "--token", " sk-me\n", "--model", "gpt-realtime-2.1", "--text", "hello");

    SimulatedConnection connection = simulator.awaitConnection(Duration.ofSeconds(5));
    assertThat(connection.requestUri()).isEqualTo("/v1/realtime?model=gpt-realtime-2.1");
    assertThat(connection.requestHeaders().firstValue("authorization")).hasValue("Bearer sk-me");
  }

  @Test
  void takesEveryPipedLineForATurnAndDoesNotPrompt() {
    TalkRun run = TalkRun.piped("hello\n\nwho are you?", url, "--token", "sk-me");

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(run.out()).matches("(donna> .+\\R%s){2}".formatted(FIGURES));
  }

  @Test
  void promptsWhoTypesUntilAnEmptyLine() {
    TalkRun run = TalkRun.typed("hello\n\nnever said\n", url, "--token", "sk-me");

    assertThat(run.status()).isZero();
    assertThat(run.out())
        .matches("Talking to \\S+ .+\\Ryou> donna> .+\\R%syou> ".formatted(FIGURES));
  }

  @Test
  void endsAtQuitAndAtTheEndOfInput() {
    TalkRun quit = TalkRun.typed("/quit\nnever said\n", url, "--token", "sk-me");
    TalkRun end = TalkRun.typed("", url, "--token", "sk-me");

    assertThat(quit.status()).isZero();
    assertThat(quit.out()).endsWith("you> ");
    assertThat(end.status()).isZero();
    assertThat(end.out()).endsWith("you> " + System.lineSeparator());
  }

  @Test
  void getsWrittenAnswersWhereItAsksForThem() {
    TalkRun run = TalkRun.talk(url, "--token", "sk-me", "--text-only", "--text", "hello");

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .matches(
            "you> hello\\Rdonna> .+\\R       first text after \\d+ ms · \\d+ tokens \\(.+\\)\\R");
  }

  @Test
  void asksWithARecordingAndKeepsTheAnswer() throws Exception {
    Path question = directory.resolve("question.wav");
    Path answer = directory.resolve("answer.wav");
    record(question, 1_200);

    TalkRun run =
        TalkRun.talk(
            url,
            "--token",
            "sk-me",
            "--wav",
            question.toString(),
            "--fast",
            "--save",
            answer.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .startsWith("you> (" + question + ")")
        .containsPattern("(?m)^heard> .+")
        .containsPattern("(?m)^donna> .+")
        .containsPattern(FIGURES);
    assertThat(seconds(answer)).isGreaterThan(0.5);
  }

  @Test
  void takesARecordingWithAPauseForOneTurn() throws Exception {
    Path question = directory.resolve("question.wav");
    record(question, 800, 1_000, 800);

    TalkRun run = TalkRun.talk(url, "--token", "sk-me", "--wav", question.toString(), "--fast");

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(run.out().lines().filter(line -> line.startsWith("heard> "))).hasSize(2);
  }

  @Test
  void saysThatARecordingHoldsNoSpeech() throws Exception {
    Path question = directory.resolve("question.wav");
    record(question, 0, 500);

    TalkRun run =
        TalkRun.talk(url, "--token", "x", "--wav", question.toString(), "--fast", "--timeout", "1");

    assertThat(run.err())
        .isEqualToIgnoringNewLines("donna: the server detected no speech in " + question);
    assertThat(run.status()).isEqualTo(1);
  }

  @Test
  void sendsARecordingAsItWasSpoken() throws Exception {
    Path question = directory.resolve("question.wav");
    record(question, 600);

    long begun = System.nanoTime();
    TalkRun run = TalkRun.talk(url, "--token", "sk-me", "--wav", question.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    // 0.6 s of speech, and the half second of silence that ends a turn.
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(900));
  }

  @Test
  void speaksTheGatewaysDialogue() {
    try (RunningGateway gateway = RunningGateway.behind(simulator.uri()).start()) {
      TalkRun run =
          TalkRun.talk(
              "127.0.0.1:" + gateway.port(),
              "--token",
              RunningGateway.token("me"),
              "--text",
              "hello");

      assertThat(run.err()).isEmpty();
      assertThat(run.status()).isZero();
      assertThat(run.out()).contains("donna> ");
    }
  }

  @Test
  void talksToAGatewayThatAsksForNoTokenWithAndWithoutOne() {
    try (RunningGateway gateway =
        RunningGateway.behind(simulator.uri()).without("JWT_SECRET").start()) {
      String address = "127.0.0.1:" + gateway.port();

      assertThat(TalkRun.talk(address, "--text", "hello").status()).isZero();
      assertThat(TalkRun.talk(address, "--token", "x", "--text", "hello").status()).isZero();
    }
  }

  @Test
  void talksOnTheGatewaysDropInEndpoint() {
    try (RunningGateway gateway = RunningGateway.behind(simulator.uri()).start()) {
      TalkRun run =
          TalkRun.talk(
              "http://127.0.0.1:" + gateway.port() + "/v1",
              "--token",
              RunningGateway.token("me"),
              "--text",
              "hello");

      assertThat(run.err()).isEmpty();
      assertThat(run.status()).isZero();
    }
  }

  /** Tones for somebody's voice, with pauses between, in another form than the protocol's. */
  private static void record(Path file, int... millis) throws Exception {
    AudioFormat format = new AudioFormat(16_000, 16, 2, true, false);
    byte[] pcm = new byte[64 * IntStream.of(millis).sum()];
    int position = 0;
    for (int part = 0; part < millis.length; part++) {
      int loudness = part % 2 == 0 ? 12_000 : 0;
      int end = position + 64 * millis[part];
      for (; position < end; position += 4) {
        short sample = (short) (loudness * Math.sin(2 * Math.PI * 220 * position / 64_000.0));
        pcm[position] = pcm[position + 2] = (byte) sample;
        pcm[position + 1] = pcm[position + 3] = (byte) (sample >> 8);
      }
    }
    try (AudioInputStream sound =
        new AudioInputStream(new ByteArrayInputStream(pcm), format, pcm.length / 4)) {
      AudioSystem.write(sound, AudioFileFormat.Type.WAVE, file.toFile());
    }
  }

  private static double seconds(Path wav) throws Exception {
    File file = wav.toFile();
    try (AudioInputStream sound = AudioSystem.getAudioInputStream(file)) {
      return sound.getFrameLength() / (double) sound.getFormat().getFrameRate();
    }
  }
}
