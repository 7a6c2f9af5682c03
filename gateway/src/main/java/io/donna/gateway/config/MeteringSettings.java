package io.donna.gateway.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How upstream usage is metered.
 *
 * @param ownPrices the operator's price list, in place of the built-in one
 * @param usageLog the file to which each charge is appended; without it, usage is lost when the
 *     process ends
 */
public record MeteringSettings(Optional<PriceList> ownPrices, Optional<Path> usageLog) {

  /** The price list: reads the built-in one at the first call, if that one is used. */
  public PriceList prices() {
    return ownPrices.orElseGet(PriceFile::builtIn);
  }
}
