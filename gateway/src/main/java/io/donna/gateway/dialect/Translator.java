package io.donna.gateway.dialect;

import io.donna.gateway.event.EventType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Translates between a client and an upstream of different dialects. Confined to one session's
 * event loop.
 *
 * <p>Most events are the same in both and are not parsed. The frequent and large ones, audio and
 * text deltas, differ only in name.
 */
public sealed interface Translator permits BetaClient, BetaUpstream {
  /** The translator between the two; empty if they are the same. */
  static Optional<Translator> between(Dialect client, Dialect upstream) {
    if (client == upstream) {
      return Optional.empty();
    }
    return Optional.of(client == Dialect.BETA ? new BetaClient() : new BetaUpstream());
  }

  /** Whether a client's event of this type differs between the two in more than its name. */
  boolean rewritesFromClient(EventType type);

  /** Translates a client's event for the upstream; may change it in place. */
  ObjectNode fromClient(ObjectNode event);

  /** The client's type for a server event that differs only in name; null if it does not. */
  @Nullable EventType renamedFromServer(EventType type);

  /** Whether a server's event of this type differs between the two in more than its name. */
  boolean rewritesFromServer(EventType type);

  /**
   * Translates a server event for the client, into zero, one or two events in order; may change it
   * in place.
   */
  List<ObjectNode> fromServer(ObjectNode event);
}
