package io.donna.gateway.dialect;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.Fault;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.Passage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stands between two who speak different dialects and translates. What is the same in both goes on
 * as it came; sound and words get their other name in front of the same bytes.
 */
public final class Translation implements Inspector {
  private final Translator translator;

  public Translation(Translator translator) {
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
      Translator.between(client, upstream).map(Translation::new).ifPresent(row::add);
    } else {
      Translator.between(client, Dialect.GA).map(Translation::new).ifPresent(row::addFirst);
      Translator.between(Dialect.GA, upstream).map(Translation::new).ifPresent(row::addLast);
    }
    return row;
  }

  @Override
  public void fromClient(Event event, Passage passage) {
    Optional<ObjectNode> tree =
        event.isText() && translator.rewritesFromClient(event.type())
            ? event.tree()
            : Optional.empty();
    tree.ifPresent(said -> event.rewrite(translator.fromClient(said)));
    passage.toUpstream(event);
  }

  @Override
  public void fromUpstream(Event event, Passage passage) {
    if (!event.isText() || !isReadable(event.fault())) {
      passage.toClient(event);
      return;
    }
    @Nullable EventType renamed = translator.renamedFromServer(event.type());
    if (renamed != null) {
      event.rename(renamed);
    }
    Optional<ObjectNode> tree =
        translator.rewritesFromServer(event.type()) ? event.tree() : Optional.empty();
    if (tree.isEmpty()) {
      passage.toClient(event);
      return;
    }
    translator.fromServer(tree.get()).forEach(said -> passage.toClient(Event.of(said)));
  }

  /** Half a surrogate pair is what some upstreams cut an emoji into. */
  private static boolean isReadable(Fault fault) {
    return fault == Fault.NONE || fault == Fault.LONE_SURROGATE;
  }
}
