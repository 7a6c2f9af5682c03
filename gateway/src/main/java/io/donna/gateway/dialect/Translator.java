package io.donna.gateway.dialect;

import io.donna.gateway.realtime.EventType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Translates between a client of one generation and an upstream of the other. Confined to one
 * session's event loop.
 *
 * <p>Most events are the same in both and are not even read; the many and large ones, pieces of
 * sound and words, differ in their name only.
 */
public sealed interface Translator permits BetaClient, BetaUpstream {
  /** The translator between the two, where one is needed. */
  static Optional<Translator> between(Dialect client, Dialect upstream) {
    if (client == upstream) {
      return Optional.empty();
    }
    return Optional.of(client == Dialect.BETA ? new BetaClient() : new BetaUpstream());
  }

  /** Whether a client's event of this type differs between the two in more than its name. */
  boolean rewritesFromClient(EventType type);

  /** What the upstream is to be sent for a client's event; the event may be changed in place. */
  ObjectNode fromClient(ObjectNode event);

  /** The client's name for a server's event that differs in its name only; else null. */
  @Nullable EventType renamedFromServer(EventType type);

  /** Whether a server's event of this type differs between the two in more than its name. */
  boolean rewritesFromServer(EventType type);

  /**
   * What the client is to be sent for a server's event, in order: nothing, one event or two. The
   * event may be changed in place.
   */
  List<ObjectNode> fromServer(ObjectNode event);
}
