package io.donna.gateway.config.policy;

import java.util.Optional;
import java.util.Set;

/**
 * Which models a client may talk to.
 *
 * @param allowed empty where any may be
 * @param fallback what a client that names none gets; empty for the gateway's own default
 * @param rewrites whether a client that names another gets {@code fallback} instead of a refusal
 */
public record ModelRules(
    Optional<Set<String>> allowed, Optional<String> fallback, boolean rewrites) {
  static final ModelRules ANY = new ModelRules(Optional.empty(), Optional.empty(), false);

  public boolean allow(String model) {
    return allowed.isEmpty() || allowed.get().contains(model);
  }
}
