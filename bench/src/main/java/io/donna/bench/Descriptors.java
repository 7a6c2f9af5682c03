package io.donna.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** How many sessions this process can hold: both ends of each are in it. */
final class Descriptors {
  private static final int OTHERS = 400;

  private Descriptors() {}

  /** As many as asked for, or as the limit of open files allows. */
  static int sessions(int asked) {
    return Math.min(asked, (limit() - OTHERS) / 2);
  }

  /** The limit of open files per process, which a JVM raises to the hard limit. */
  private static int limit() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
      return lines
          .filter(line -> line.startsWith("Max open files"))
          .map(line -> line.split("\\s+", -1)[4])
          .mapToInt(hard -> hard.equals("unlimited") ? 1 << 20 : Integer.parseInt(hard))
          .findFirst()
          .orElse(1_024);
    } catch (IOException e) {
      throw new BenchmarkFailed("the benchmark reads /proc and so needs Linux", e);
    }
  }
}
