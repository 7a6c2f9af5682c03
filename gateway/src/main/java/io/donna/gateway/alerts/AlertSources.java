package io.donna.gateway.alerts;

import io.donna.gateway.telemetry.UpstreamMetrics.Attempts;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * What alerts look at. Each is asked every few seconds, on the thread of alerts.
 *
 * @param signals counts of security events
 * @param budgets the used share of its budget, by tier
 * @param openings the attempts to open upstreams so far, by server
 * @param waits the waits for the first audio so far, as {@code VoiceMetrics.waits}
 * @param descriptors the share of the process's descriptors that is open; below 0 if unknown
 * @param logLinesLost the lines so far that were not written
 * @param redisOutage for how long it has not been usable; empty if limits are not shared
 * @param certificateExpiry empty without TLS
 * @param models the models that the configuration names, if the API's dates apply to them
 */
public record AlertSources(
    SecurityEventCounts signals,
    Supplier<Map<String, Double>> budgets,
    Supplier<Map<String, Attempts>> openings,
    Supplier<double[]> waits,
    DoubleSupplier descriptors,
    DoubleSupplier logLinesLost,
    Supplier<Optional<Duration>> redisOutage,
    Supplier<Optional<Instant>> certificateExpiry,
    Supplier<Set<String>> models) {}
