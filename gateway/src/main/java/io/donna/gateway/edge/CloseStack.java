package io.donna.gateway.edge;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * The resources that a gateway has opened. Closes them in reverse order when the gateway stops or
 * fails to start. Confined to the thread that starts or stops the gateway.
 */
public final class CloseStack implements AutoCloseable {
  private final Deque<Runnable> closers = new ArrayDeque<>();

  public <T> T add(T resource, Consumer<? super T> close) {
    closers.push(() -> close.accept(resource));
    return resource;
  }

  @Override
  public void close() {
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }
}
