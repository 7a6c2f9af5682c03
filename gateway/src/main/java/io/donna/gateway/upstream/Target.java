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
 * @param isSilent whether the upstream says nothing before the client's first message, which names
 *     the model
 * @param allowed whether the client may use a model: a server with its own model is not tried if
 *     that model is not allowed
 */
public record Target(
    String path,
    Optional<String> model,
    Optional<String> intent,
    boolean isSilent,
    Predicate<String> allowed) {
  /** A target for which any model is allowed. */
  public Target(String path, Optional<String> model) {
    this(path, model, Optional.empty(), false, any -> true);
  }

  /** A target whose server asks for no model that is not {@code allowed}. */
  public static Target ofModel(String path, Optional<String> model, Predicate<String> allowed) {
    return new Target(path, model, Optional.empty(), false, allowed);
  }

  /** A target for a session whose model is named, and was judged, in the client's first message. */
  public static Target ofFirstMessage(String path) {
    return new Target(path, Optional.empty(), Optional.empty(), true, any -> true);
  }

  /** A target for a kind of session whose model is named in an event, by which it is judged. */
  public static Target ofIntent(String path, String intent) {
    return new Target(path, Optional.empty(), Optional.of(intent), false, any -> true);
  }
}
