package io.donna.gateway.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How the upstream's work is counted.
 *
 * @param usageLog the file that each charge is added to; without one, none outlives the process
 */
public record MeteringSettings(PriceList prices, Optional<Path> usageLog) {}
