package io.donna.gateway.upstream;

import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a client requests from the upstream.
 *
 * @param path appended to the path of the configured upstream; may be empty
 * @param model the model that the client named, if any
 * @param allowed whether the client may use a model: a server with its own model is not tried if
 *     that model is not allowed
 */
public record Target(String path, Optional<String> model, Predicate<String> allowed) {
  /** A target for which any model is allowed. */
  public Target(String path, Optional<String> model) {
    this(path, model, any -> true);
  }
}
