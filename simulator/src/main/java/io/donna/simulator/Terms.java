package io.donna.simulator;

import io.donna.simulator.protocol.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The settings shared by all sessions of a simulator. */
record Terms(
    Optional<String> apiKey,
    double speed,
    Duration pingInterval,
    Optional<Duration> sessionLimit,
    TimeSource time,
    List<String> script) {}
