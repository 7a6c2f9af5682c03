package io.donna.gateway.audit;

import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/**
 * Marks log lines that hold what is stored nowhere else, such as usage when its disk fails: however
 * many there are in a second, each is written.
 */
public final class UniqueLine {
  public static final Marker MARKER = MarkerFactory.getMarker("UNIQUE_LINE");

  private UniqueLine() {}
}
