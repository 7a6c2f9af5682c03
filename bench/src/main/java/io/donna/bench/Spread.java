package io.donna.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** The minimum, median and maximum of a figure over several rounds. */
record Spread(double min, double median, double max) {
  static <T> Spread of(List<T> rounds, ToDoubleFunction<T> answer) {
    double[] sorted = rounds.stream().mapToDouble(answer).sorted().toArray();
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(sorted[0], median, sorted[sorted.length - 1]);
  }
}
