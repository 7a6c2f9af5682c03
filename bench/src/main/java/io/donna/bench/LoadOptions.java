package io.donna.bench;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The load as the command line says it. */
final class LoadOptions {
  @Option(
      names = "--sessions",
      paramLabel = "N",
      defaultValue = "100",
      description = "Clients connected at a time (${DEFAULT-VALUE}).")
  private int sessions;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "20",
      description = "Measured time of a round (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      defaultValue = "8",
      description = "Seconds of load before each measurement (${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "10",
      description = "Messages a second from each client (${DEFAULT-VALUE}).")
  private double rate;

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      defaultValue = "6400",
      description = "Size of a client's message (${DEFAULT-VALUE}).")
  private int size;

  @Option(
      names = "--down",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Whether the model answers, 16.2 kB four times a second (${DEFAULT-VALUE}).")
  private boolean down;

  /** Throws IllegalArgumentException, with what is wrong, where there is no such load. */
  Load load() {
    return new Load(
        sessions,
        rate,
        AudioMessage.append(size),
        down,
        Duration.ofSeconds(warmup),
        Duration.ofSeconds(seconds));
  }
}
