package io.donna.gateway.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Aliases that clients still use for models. Policy, metering and the upstream see the model's own
 * name. Immutable.
 *
 * @param models by alias; no model is an alias itself
 */
public record ModelAliases(Map<String, String> models) {
  private static final String NAME = "MODEL_ALIASES";

  public ModelAliases {
    models = Map.copyOf(models);
  }

  private record Alias(String name, String model) {
    static Optional<Alias> parse(String text) {
      int equals = text.indexOf('=');
      Alias alias =
          new Alias(
              text.substring(0, Math.max(0, equals)).strip(), text.substring(equals + 1).strip());
      return alias.name.isEmpty() || alias.model.isEmpty() ? Optional.empty() : Optional.of(alias);
    }
  }

  static ModelAliases read(SettingsReader reader) {
    Map<String, String> models = new LinkedHashMap<>();
    List<Alias> aliases =
        reader.list(
            NAME, Alias::parse, "ALIAS=MODEL, such as gpt-4o-realtime-preview=gpt-realtime-2.1");
    for (Alias alias : aliases) {
      if (models.put(alias.name, alias.model) != null) {
        reader.problem(NAME, "lists " + alias.name + " twice");
      }
    }
    for (Alias alias : aliases) {
      if (models.containsKey(alias.model)) {
        reader.problem(NAME, "lists " + alias.model + " both as a model and as an alias");
      }
    }
    return new ModelAliases(models);
  }

  /** The model of the alias {@code name}; {@code name} itself if it is not an alias. */
  public String resolve(String name) {
    return models.getOrDefault(name, name);
  }
}
