package io.donna.gateway.config;

import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The price of each model. Immutable.
 *
 * @param asOf the date of the prices
 * @param otherwise the price of unlisted models
 */
public record PriceList(LocalDate asOf, Map<String, ModelPrice> models, ModelPrice otherwise) {
  /** A snapshot such as {@code gpt-realtime-2025-08-28} has its model's price. */
  private static final Pattern SNAPSHOT = Pattern.compile("-\\d{4}-\\d{2}-\\d{2}$");

  public PriceList {
    models = Map.copyOf(models);
  }

  /** The price of {@code model}, by its own name or that of the model of which it is a snapshot. */
  public Optional<ModelPrice> find(String model) {
    return nameOf(model).map(models::get);
  }

  /** The listed name of {@code model}: its own, or that of the model of which it is a snapshot. */
  public Optional<String> nameOf(String model) {
    return Optional.of(model)
        .filter(models::containsKey)
        .or(() ->
            Optional.of(SNAPSHOT.matcher(model).replaceFirst("")).filter(models::containsKey));
  }
}
