package io.donna.gateway.upstream;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is remembered of models that clients choose by name: of so many, of which the one that was
 * not asked for longest is forgotten. Safe from any thread.
 */
final class PerModel<T> {
  static final int MODELS = 64;

  /** A longer name is no model's, and not worth the memory. */
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

  /** What is remembered of it from now on; of a name that is too long, nothing. */
  synchronized T begin(String model, Supplier<T> fresh) {
    return model.length() > LONGEST_NAME
        ? fresh.get()
        : remembered.computeIfAbsent(model, named -> fresh.get());
  }
}
