package io.donna.gateway.config.alerts;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;

/** The alerts of a gateway, with their defaults. */
public enum AlertKind {
  /** {@code WS_CONNECTION_BLOCKED_*} events. */
  CONNECTIONS_BLOCKED(Category.SECURITY, Unit.COUNT, "100", Duration.ofMinutes(5), 0),
  /** {@code WS_AUTH_FAILED_*} and {@code HTTP_AUTH_FAILED} events. */
  AUTHENTICATION_FAILURES(Category.SECURITY, Unit.COUNT, "50", Duration.ofMinutes(5), 0),
  /** {@code HTTP_RATE_LIMIT_EXCEEDED} events. */
  RATE_LIMIT_EXCEEDED(Category.SECURITY, Unit.COUNT, "100", Duration.ofMinutes(5), 0),
  /** Refused attempts of the address that has most of them. */
  ATTEMPTS_FROM_ONE_ADDRESS(Category.SECURITY, Unit.COUNT, "50", Duration.ofMinutes(5), 0),
  /** Used share of a tier's budget. */
  BUDGET_USED(Category.OPERATIONS, Unit.RATIO, "0.8", Duration.ZERO, 0),
  /** Share of the attempts to open a server that fail. */
  UPSTREAM_FAILING(Category.OPERATIONS, Unit.RATIO, "0.1", Duration.ofMinutes(5), 5),
  /** The wait for the first audio of an answer that one answer in twenty exceeds. */
  SLOW_ANSWERS(Category.OPERATIONS, Unit.SECONDS, "2", Duration.ofMinutes(5), 20),
  /** Used share of the process's file descriptors. */
  DESCRIPTORS(Category.OPERATIONS, Unit.RATIO, "0.8", Duration.ofMinutes(1), 0),
  /** Log lines that were not written. */
  LOG_LINES_LOST(Category.OPERATIONS, Unit.COUNT, "1", Duration.ofMinutes(5), 0),
  /** Seconds for which Redis has not been usable, where replicas share limits through it. */
  REDIS_NOT_ANSWERING(Category.OPERATIONS, Unit.SECONDS, "5", Duration.ZERO, 0),
  /** Days until the gateway's own TLS certificate expires. */
  CERTIFICATE_EXPIRING(Category.OPERATIONS, Unit.DAYS_LEFT, "14", Duration.ZERO, 0),
  /** Days until a model that the configuration names is shut down. */
  MODEL_RETIRING(Category.OPERATIONS, Unit.DAYS_LEFT, "60", Duration.ZERO, 0);

  /** Which of the two events states the alert. */
  public enum Category {
    SECURITY,
    OPERATIONS
  }

  /** The unit of the value and of the threshold. */
  public enum Unit {
    COUNT,
    RATIO,
    SECONDS,
    /** The only unit of which little is bad. */
    DAYS_LEFT
  }

  private final Category category;
  private final Unit unit;
  private final BigDecimal threshold;
  private final Duration window;
  private final int minimum;
  private final String key = name().toLowerCase(Locale.ROOT);

  AlertKind(Category category, Unit unit, String threshold, Duration window, int minimum) {
    this.category = category;
    this.unit = unit;
    this.threshold = new BigDecimal(threshold);
    this.window = window;
    this.minimum = minimum;
  }

  public Category category() {
    return category;
  }

  public Unit unit() {
    return unit;
  }

  /** The rule of a file that does not mention the alert. */
  public AlertRule usual() {
    return new AlertRule(true, threshold, window, minimum);
  }

  /** The alert's name in files, events, messages and metrics. */
  public String key() {
    return key;
  }

  /** Whether the alert begins when a value of the moment has lasted for the window. */
  public boolean mustLast() {
    return this == DESCRIPTORS;
  }

  /** Whether the value is of a window of time; otherwise it is the value at the moment. */
  public boolean hasWindow() {
    return !window.isZero();
  }

  /** Whether the value says nothing below a number of observations. */
  public boolean hasMinimum() {
    return minimum > 0;
  }
}
