package io.donna.gateway.upstream;

import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a client asks the upstream for.
 *
 * @param path added to the path of the configured upstream; empty for that itself
 * @param model the model the client named, if it named one
 * @param allowed whether a model may be asked for on its behalf: a server may have a model of its
 *     own, and is not tried where that one is not allowed
 */
public record Target(String path, Optional<String> model, Predicate<String> allowed) {
  /** One that may ask for any model. */
  public Target(String path, Optional<String> model) {
    this(path, model, any -> true);
  }
}
