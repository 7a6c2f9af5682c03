package io.donna.simulator;

import java.time.Duration;
import java.util.Optional;

/** The settings shared by all sessions of a simulator. */
record Terms(Optional<String> apiKey, double speed, Duration pingInterval, Duration sessionLimit) {}
