package io.donna.gateway.protocol.realtime;

import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import tools.jackson.databind.node.ObjectNode;

/**
 * Resolves the aliases of models in a client's events. It is the first to see them, so that policy,
 * meter and upstream read the models' own names. Confined to the session's event loop.
 */
public record ModelNames(ModelAliases aliases) implements Inspector {
  @Override
  public void fromClient(Event event, InspectorContext context) {
    if (event.type() == EventType.SESSION_UPDATE) {
      resolve(event, "session");
    } else if (event.type() == EventType.RESPONSE_CREATE) {
      resolve(event, "response");
    }
    context.toUpstream(event);
  }

  private void resolve(Event event, String settings) {
    event
        .tree()
        .filter(
            tree -> tree.get(settings) instanceof ObjectNode object && aliases.resolveIn(object))
        .ifPresent(event::rewrite);
  }
}
