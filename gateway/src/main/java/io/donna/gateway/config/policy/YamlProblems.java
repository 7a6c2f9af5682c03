package io.donna.gateway.config.policy;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/** The errors of a YAML file, by line. */
public final class YamlProblems {
  private record At(int line, String text) {}

  private final SequencedSet<At> found = new LinkedHashSet<>();

  /** {@code line} counts from 1. */
  public void add(int line, String text) {
    found.add(new At(line, text));
  }

  /** One sentence each, which begins with the line. */
  public List<String> sorted() {
    return found.stream()
        .sorted(Comparator.comparingInt(At::line))
        .map(problem -> "line " + problem.line + ": " + problem.text)
        .toList();
  }
}
