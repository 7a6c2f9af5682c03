package io.donna.gateway.config.policy;

import java.util.Optional;
import java.util.Set;

/**
 * The models that a client may use.
 *
 * @param allowed the allowed models; empty for any
 * @param fallback the model of a client that names none; empty for the gateway's default
 * @param rewrites whether a model that is not allowed is replaced by {@code fallback} instead of
 *     refused
 */
public record ModelRules(
    Optional<Set<String>> allowed, Optional<String> fallback, boolean rewrites) {
  static final ModelRules ANY = new ModelRules(Optional.empty(), Optional.empty(), false);

  public boolean allow(String model) {
    return allowed.isEmpty() || allowed.get().contains(model);
  }
}
