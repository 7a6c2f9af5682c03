package io.donna.gateway.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** The spoken question of the tests: PCM16, 24 kHz, mono, behind a 44-byte WAV header. */
final class Wav {
  static final Path QUESTION = Path.of("../simulator/speech/question-24k.wav");
  private static final int HEADER = 44;

  /** 100 ms of PCM16 at 24 kHz. */
  private static final int CHUNK = 4_800;

  private Wav() {}

  /** The question and a second of silence as a microphone sends them: 100 ms an event. */
  static List<String> appends() throws IOException {
    byte[] file = Files.readAllBytes(QUESTION);
    byte[] samples = Arrays.copyOfRange(file, HEADER, file.length + 48_000);
    List<String> events = new ArrayList<>();
    for (int from = 0; from < samples.length; from += CHUNK) {
      byte[] chunk = Arrays.copyOfRange(samples, from, Math.min(from + CHUNK, samples.length));
      events.add(
          "{\"type\":\"input_audio_buffer.append\",\"audio\":\""
              + Base64.getEncoder().encodeToString(chunk)
              + "\"}");
    }
    return events;
  }
}
