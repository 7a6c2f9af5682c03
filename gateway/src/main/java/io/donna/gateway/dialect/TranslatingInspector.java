package io.donna.gateway.dialect;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.Fault;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.InspectorContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stands between two who speak different dialects and translates. What is the same in both goes on
 * as it came; sound and words get their other name in front of the same bytes.
 */
public final class TranslatingInspector implements Inspector {
  private final Translator translator;

  public TranslatingInspector(Translator translator) {
    this.translator = translator;
  }

  /**
   * The row of inspectors, who all understand today's dialect, with translations where they are
   * needed.
   */
  public static List<Inspector> around(
      List<Inspector> inspectors, Dialect client, Dialect upstream) {
    List<Inspector> row = new ArrayList<>(inspectors);
    if (row.isEmpty()) {
      Translator.between(client, upstream).map(TranslatingInspector::new).ifPresent(row::add);
    } else {
      Translator.between(client, Dialect.GA)
          .map(TranslatingInspector::new)
          .ifPresent(row::addFirst);
      Translator.between(Dialect.GA, upstream)
          .map(TranslatingInspector::new)
          .ifPresent(row::addLast);
    }
    return row;
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    Optional<ObjectNode> tree =
        event.isText() && translator.rewritesFromClient(event.type())
            ? event.tree()
            : Optional.empty();
    tree.ifPresent(said -> event.rewrite(translator.fromClient(said)));
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
    translator.fromServer(tree.get()).forEach(said -> context.toClient(Event.of(said)));
  }

  /** Half a surrogate pair is what some upstreams cut an emoji into. */
  private static boolean isReadable(Fault fault) {
    return fault == Fault.NONE || fault == Fault.LONE_SURROGATE;
  }
}
