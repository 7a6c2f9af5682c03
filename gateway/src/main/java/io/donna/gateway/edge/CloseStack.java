package io.donna.gateway.edge;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * What a gateway has opened so far. It ends together, the last first, whether the gateway ends or
 * its start does not succeed. Confined to who starts and stops it.
 */
final class CloseStack implements AutoCloseable {
  private final Deque<Runnable> ends = new ArrayDeque<>();

  <T> T add(T part, Consumer<? super T> end) {
    ends.push(() -> end.accept(part));
    return part;
  }

  @Override
  public void close() {
    while (!ends.isEmpty()) {
      ends.pop().run();
    }
  }
}
