package io.donna.gateway.alerts;

import io.donna.gateway.config.alerts.AlertRule;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a measure says at one moment.
 *
 * @param detail names what the value is of without making it an alert of its own, as the address
 *     with most attempts
 * @param observations how many the value is of; a rule may demand a minimum
 */
record Reading(double value, long observations, Optional<String> detail) {
  /** Of a measure that has one value and no subject. */
  static final String NO_SUBJECT = "";

  static Reading of(double value) {
    return new Reading(value, Long.MAX_VALUE, Optional.empty());
  }

  static Reading of(double value, long observations) {
    return new Reading(value, observations, Optional.empty());
  }

  /** A source of readings. Confined to the thread that evaluates. */
  @FunctionalInterface
  interface Measure {
    /**
     * The readings of each subject. It remembers what it saw when it was called, so it must be
     * called at each evaluation, though nobody asks.
     *
     * @param elapsed nanoseconds of a clock that never goes back
     */
    Map<String, Reading> read(long elapsed, AlertRule rule);
  }

  /** A measure without subjects, whose value is of the moment. */
  static Map<String, Reading> single(Reading reading) {
    return Map.of(NO_SUBJECT, reading);
  }

  static Map<String, Reading> bySubject(Map<String, Double> values) {
    Map<String, Reading> readings = new TreeMap<>();
    values.forEach((subject, value) -> readings.put(subject, of(value)));
    return readings;
  }
}
