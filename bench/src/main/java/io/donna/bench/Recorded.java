package io.donna.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The ratios recorded by an earlier run, in a file of lines such as {@code voice.cpu/nginx 0.98}.
 */
final class Recorded {
  private static final double TOLERANCE = 1.10;

  private final Path file;

  Recorded(Path file) {
    this.file = file;
  }

  /** Stores {@code ratios}, replacing those of the same names and keeping the others. */
  void keep(Map<String, Double> ratios) {
    Map<String, Double> all = new TreeMap<>(read());
    all.putAll(ratios);
    List<String> lines = new ArrayList<>();
    lines.add(
        "# The gateway's cost in units of each peer's, by ./donna bench --record: less is better.");
    all.forEach((name, ratio) -> lines.add(name + " " + Report.decimal(ratio, 2)));
    try {
      Files.write(file, lines);
    } catch (IOException e) {
      throw new BenchmarkFailed("the ratios cannot be kept", e);
    }
  }

  /** A line for each ratio that is more than a tenth above the recorded one. */
  List<String> worse(Map<String, Double> ratios) {
    Map<String, Double> before = read();
    List<String> worse = new ArrayList<>();
    ratios.forEach((name, ratio) -> {
      Double kept = before.get(name);
      if (kept != null && ratio > kept * TOLERANCE) {
        worse.add(
            "worse: %s is %s, and was %s"
                .formatted(name, Report.decimal(ratio, 2), Report.decimal(kept, 2)));
      }
    });
    return worse;
  }

  private Map<String, Double> read() {
    Map<String, Double> ratios = new TreeMap<>();
    if (!Files.exists(file)) {
      return ratios;
    }
    try {
      for (String line : Files.readAllLines(file)) {
        String[] parts = line.split(" ", 2);
        if (!line.startsWith("#") && parts.length == 2) {
          ratios.put(parts[0], Double.parseDouble(parts[1]));
        }
      }
      return ratios;
    } catch (IOException | NumberFormatException e) {
      throw new BenchmarkFailed("the ratios in " + file + " cannot be read", e);
    }
  }
}
