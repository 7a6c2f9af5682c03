package io.donna.gateway.cli.talk;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** One response as it arrives: prints, saves and measures it. */
final class ReceivedResponse {
  private final Printer printer;
  private final Optional<WavWriter> save;
  private final long asked;
  private Optional<Duration> firstAudio = Optional.empty();
  private Optional<Duration> firstText = Optional.empty();
  private long soundBytes;

  /**
   * @param asked when the user's turn ended, as {@link System#nanoTime}
   */
  ReceivedResponse(Printer printer, Optional<WavWriter> save, long asked) {
    this.printer = printer;
    this.save = save;
    this.asked = asked;
  }

  boolean isEmpty() {
    return firstText.isEmpty() && firstAudio.isEmpty();
  }

  void text(String part) {
    begin();
    if (firstText.isEmpty()) {
      firstText = Optional.of(sinceAsked());
    }
    printer.answer(part);
  }

  void audio(String base64) throws IOException {
    begin();
    if (firstAudio.isEmpty()) {
      firstAudio = Optional.of(sinceAsked());
    }
    byte[] pcm;
    try {
      pcm = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new TalkFailure("the server sent audio that is not valid base64", e);
    }
    soundBytes += pcm.length;
    if (save.isPresent()) {
      save.get().append(pcm);
    }
  }

  /** The answer is complete: {@code first audio after 212 ms · 3.4 s of audio · 205 tokens}. */
  void complete(JsonNode usage) {
    printer.endAnswer(firstText.isEmpty() ? "(audio without a transcript)" : "");
    List<String> figures = new ArrayList<>();
    firstAudio.ifPresentOrElse(
        time -> {
          figures.add("first audio after " + time.toMillis() + " ms");
          double seconds = Pcm.duration(soundBytes).toMillis() / 1000.0;
          figures.add(String.format(Locale.ROOT, "%.1f s of audio", seconds));
        },
        () ->
            firstText.ifPresent(
                time -> figures.add("first text after " + time.toMillis() + " ms")));
    if (usage.path("total_tokens").isNumber()) {
      figures.add(
          "%d tokens (%d in, %d out)"
              .formatted(
                  usage.path("total_tokens").asLong(0),
                  usage.path("input_tokens").asLong(0),
                  usage.path("output_tokens").asLong(0)));
    }
    printer.figures(String.join(" · ", figures));
  }

  /** The answer was interrupted. */
  void breakOff() {
    printer.endAnswer(" (interrupted)");
  }

  private void begin() {
    if (isEmpty()) {
      printer.beginAnswer();
    }
  }

  private Duration sinceAsked() {
    return Duration.ofNanos(System.nanoTime() - asked);
  }
}
