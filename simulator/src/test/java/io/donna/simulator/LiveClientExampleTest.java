package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The client of README.md, "GPT-Live", holds a conversation. */
class LiveClientExampleTest {
  @Test
  void speaksAndIsAnswered() throws Exception {
    try (Simulator simulator = Simulator.builder().hears("Hello there").start()) {
      Process client =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "examples/LiveClient.java",
                  simulator.liveUri().toString(),
                  "speech/question-24k.wav",
                  "20")
              .redirectErrorStream(true)
              .start();
      String printed = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(client.waitFor()).as(printed).isZero();
      assertThat(printed)
          .contains("\"session.started\"", "\"delta\":\"Hello\"", "\"delta\":\" there\"")
          .contains("\"session.output_transcript.delta\"", "\"session.closed\"")
          .containsPattern("\\([1-9]\\d{3} ms spoken\\)")
          .contains("closed: 1000");
    }
  }
}
