package io.donna.gateway.config;

import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What each model costs. Immutable.
 *
 * @param asOf the day the prices were read
 * @param otherwise for models that are not listed
 */
public record PriceList(LocalDate asOf, Map<String, ModelPrice> models, ModelPrice otherwise) {
  /** A model's snapshots cost what it does: {@code gpt-realtime-2025-08-28}. */
  private static final Pattern SNAPSHOT = Pattern.compile("-\\d{4}-\\d{2}-\\d{2}$");

  public PriceList {
    models = Map.copyOf(models);
  }

  /** The price of {@code model}, by its own name or by that of which it is a snapshot. */
  public Optional<ModelPrice> find(String model) {
    return Optional.ofNullable(models.get(model))
        .or(() -> Optional.ofNullable(models.get(SNAPSHOT.matcher(model).replaceFirst(""))));
  }
}
