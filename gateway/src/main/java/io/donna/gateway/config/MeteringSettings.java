package io.donna.gateway.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How upstream usage is metered.
 *
 * @param usageLog the file to which each charge is appended; without it, usage is lost when the
 *     process ends
 */
public record MeteringSettings(PriceList prices, Optional<Path> usageLog) {}
