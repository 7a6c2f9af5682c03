package io.donna.simulator;

import java.time.Duration;
import java.util.Optional;

/** What holds for every session of a simulator. */
record Terms(Optional<String> apiKey, double speed, Duration pingInterval, Duration sessionLimit) {}
