package io.donna.gateway.config.alerts;

import java.math.BigDecimal;
import java.time.Duration;

/**
 * When an alert begins.
 *
 * @param window the time that the value is of; zero if it is the value at the moment
 * @param minimum the fewest observations in the window that are judged
 */
public record AlertRule(boolean enabled, BigDecimal threshold, Duration window, int minimum) {}
