package io.donna.gateway.upstream;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * State per model that clients name, for at most {@value #MODELS} models; the least recently used
 * is evicted. Safe from any thread.
 */
final class PerModelCache<T> {
  static final int MODELS = 64;

  /** No model has a longer name; state of longer ones is not kept. */
  static final int LONGEST_NAME = 128;

  private final Map<String, T> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
          return size() > MODELS;
        }
      };

  synchronized Optional<T> find(String model) {
    return Optional.ofNullable(remembered.get(model));
  }

  /** The state of a model, created if missing; not kept if the name is too long. */
  synchronized T begin(String model, Supplier<T> fresh) {
    return model.length() > LONGEST_NAME
        ? fresh.get()
        : remembered.computeIfAbsent(model, named -> fresh.get());
  }
}
