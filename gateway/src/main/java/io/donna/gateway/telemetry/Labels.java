package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.Tag;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Values of labels. */
final class Labels {
  /** The value of whatever has no place of its own. */
  static final String OTHER = "other";

  /** The most combinations of one name: no configuration needs more. */
  static final int MOST_COMBINATIONS = 200;

  private Labels() {}

  /** {@code values}, or "other" for each if {@code known} combinations are as many as may be. */
  static List<String> bounded(List<String> values, int known) {
    return known < MOST_COMBINATIONS ? values : Collections.nCopies(values.size(), OTHER);
  }

  static List<Tag> tags(List<String> labels, List<String> values) {
    if (labels.size() != values.size()) {
      throw new IllegalArgumentException(labels + " and " + values);
    }
    return IntStream.range(0, labels.size())
        .mapToObj(i -> Tag.of(labels.get(i), values.get(i)))
        .toList();
  }
}
