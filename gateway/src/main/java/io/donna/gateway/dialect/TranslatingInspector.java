package io.donna.gateway.dialect;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Fault;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Translates between two sides with different dialects. Events that are the same in both pass
 * unchanged; audio and text deltas are only renamed, without touching their bytes.
 */
public final class TranslatingInspector implements Inspector {
  private final Translator translator;

  public TranslatingInspector(Translator translator) {
    this.translator = translator;
  }

  /**
   * The chain of {@code inspectors}, which all understand GA, with translation at either end where
   * needed.
   */
  public static List<Inspector> around(
      List<Inspector> inspectors, Dialect client, Dialect upstream) {
    List<Inspector> chain = new ArrayList<>(inspectors);
    if (chain.isEmpty()) {
      Translator.between(client, upstream).map(TranslatingInspector::new).ifPresent(chain::add);
    } else {
      Translator.between(client, Dialect.GA)
          .map(TranslatingInspector::new)
          .ifPresent(chain::addFirst);
      Translator.between(Dialect.GA, upstream)
          .map(TranslatingInspector::new)
          .ifPresent(chain::addLast);
    }
    return chain;
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    Optional<ObjectNode> tree =
        event.isText() && translator.rewritesFromClient(event.type())
            ? event.tree()
            : Optional.empty();
    tree.ifPresent(read -> event.rewrite(translator.fromClient(read)));
    context.toUpstream(event);
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    if (!event.isText() || !isReadable(event.fault())) {
      context.toClient(event);
      return;
    }
    @Nullable EventType renamed = translator.renamedFromServer(event.type());
    if (renamed != null) {
      event.rename(renamed);
    }
    Optional<ObjectNode> tree =
        translator.rewritesFromServer(event.type()) ? event.tree() : Optional.empty();
    if (tree.isEmpty()) {
      context.toClient(event);
      return;
    }
    translator.fromServer(tree.get()).forEach(translated -> context.toClient(Event.of(translated)));
  }

  /** A lone surrogate is allowed: some upstreams cut an emoji in half. */
  private static boolean isReadable(Fault fault) {
    return fault == Fault.NONE || fault == Fault.LONE_SURROGATE;
  }
}
