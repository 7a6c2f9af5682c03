package io.donna.gateway.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/**
 * Aliases of models, which clients, tokens and tiers still use. They are resolved where a name is
 * read, so that policy, metering and the upstream see the model's own name. Immutable.
 *
 * @param models by alias; no model is an alias itself
 */
public record ModelAliases(Map<String, String> models) {
  public static final ModelAliases NONE = new ModelAliases(Map.of());

  private static final String NAME = "MODEL_ALIASES";
  private static final String MODEL = "model";

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

  public boolean isEmpty() {
    return models.isEmpty();
  }

  /** The model of the alias {@code name}; {@code name} itself if it is not an alias. */
  public String resolve(String name) {
    return models.getOrDefault(name, name);
  }

  public Set<String> resolve(Set<String> names) {
    return names.stream().map(this::resolve).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Resolves the models of a session's or a response's settings, also the one that transcribes;
   * whether any changed.
   */
  public boolean resolveIn(ObjectNode settings) {
    boolean changed = resolveModel(settings);
    return settings.path("audio").path("input").path("transcription") instanceof ObjectNode input
        ? resolveModel(input) || changed
        : changed;
  }

  private boolean resolveModel(ObjectNode settings) {
    String name = settings.path(MODEL).asString("");
    String model = resolve(name);
    if (model.equals(name)) {
      return false;
    }
    settings.put(MODEL, model);
    return true;
  }
}
