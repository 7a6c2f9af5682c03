package io.donna.gateway.upstream;

import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a client requests from the upstream.
 *
 * @param path appended to the path of the configured upstream; may be empty
 * @param model the model that the client named, if any
 * @param intent the kind of session that is asked for in place of a model, if it is not the usual
 *     one
 * @param allowed whether the client may use a model: a server with its own model is not tried if
 *     that model is not allowed
 */
public record Target(
    String path, Optional<String> model, Optional<String> intent, Predicate<String> allowed) {
  /** A target for which any model is allowed. */
  public Target(String path, Optional<String> model) {
    this(path, model, Optional.empty(), any -> true);
  }

  /** A target for a kind of session whose model is named in an event, by which it is judged. */
  public static Target ofIntent(String path, String intent) {
    return new Target(path, Optional.empty(), Optional.of(intent), any -> true);
  }
}
