package io.donna.gateway.upstream;

import io.donna.gateway.config.UpstreamCredentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The keys of one server, used in turn. A refused or exhausted key is suspended; if all are
 * suspended, the one whose suspension ends first is used. A key that was refused for a model that a
 * client chose is suspended for that model only. Safe from any thread.
 */
final class ApiKeys {
  /**
   * How long a refused key is suspended: it may be replaced or paid for, and until then every use
   * delays a session.
   */
  static final Duration REFUSED_REST = Duration.ofMinutes(10);

  /** How long an exhausted key is suspended: the upstream's rates are per minute. */
  static final Duration EXHAUSTED_REST = Duration.ofMinutes(1);

  /** Stands for the configured models. */
  static final String OWN_MODEL = "";

  /** One of the keys, or the placeholder for none. */
  final class Key {
    private final Optional<String> value;
    private final String label;
    private final AtomicLong restsUntil = new AtomicLong(nanoTime.getAsLong());
    private final PerModelCache<AtomicLong> restsOfModels = new PerModelCache<>();

    private Key(Optional<String> value, String label) {
      this.value = value;
      this.label = label;
    }

    /**
     * The header's value; empty if the server requires no key. May read a file.
     *
     * @throws IOException if the file contains no key
     */
    Optional<String> value() throws IOException {
      Optional<Path> file = keys.file();
      return file.isPresent() ? Optional.of(read(file.get())) : value;
    }

    void rest(Duration time) {
      rest(time, OWN_MODEL);
    }

    /**
     * Suspends the key for a while; for a short time only if it comes from a file, as that may be
     * renewed at any time.
     *
     * @param model the model that a client chose, or {@link #OWN_MODEL} to suspend the key for all
     *     models
     */
    void rest(Duration time, String model) {
      Duration rest = keys.file().isPresent() ? CircuitBreaker.REST : time;
      long until = nanoTime.getAsLong() + rest.toNanos();
      AtomicLong end =
          model.equals(OWN_MODEL)
              ? restsUntil
              : restsOfModels.begin(model, () -> new AtomicLong(until));
      end.set(until);
    }

    private boolean isRested(String model) {
      return restLeft(model) <= 0;
    }

    private long restLeft(String model) {
      long now = nanoTime.getAsLong();
      long left = restsUntil.get() - now;
      return restsOfModels.find(model).map(until -> Math.max(left, until.get() - now)).orElse(left);
    }

    /** For the log: its position among the keys, without the key itself. */
    @Override
    public String toString() {
      return label;
    }
  }

  private final UpstreamCredentials keys;
  private final LongSupplier nanoTime;
  private final List<Key> ring;
  private final AtomicInteger turn = new AtomicInteger();

  ApiKeys(UpstreamCredentials keys, LongSupplier nanoTime) {
    this.keys = keys;
    this.nanoTime = nanoTime;
    List<Key> all = new ArrayList<>();
    int count = keys.listed().size();
    for (int i = 0; i < count; i++) {
      String label = count == 1 ? "its key" : "key " + (i + 1) + " of " + count;
      all.add(new Key(Optional.of(keys.prefix() + keys.listed().get(i).value()), label));
    }
    if (all.isEmpty()) {
      all.add(new Key(Optional.empty(), keys.file().isPresent() ? "its token file" : "no key"));
    }
    this.ring = List.copyOf(all);
  }

  int size() {
    return ring.size();
  }

  String header() {
    return keys.header();
  }

  Key next() {
    return next(OWN_MODEL);
  }

  /** The next key in turn that is not suspended for {@code model}. */
  Key next(String model) {
    int from = Math.floorMod(turn.getAndIncrement(), ring.size());
    for (int i = 0; i < ring.size(); i++) {
      Key key = ring.get((from + i) % ring.size());
      if (key.isRested(model)) {
        return key;
      }
    }
    return ring.stream()
        .min(Comparator.comparingLong((Key key) -> key.restLeft(model)))
        .orElseThrow();
  }

  boolean hasRested() {
    return hasRested(OWN_MODEL);
  }

  boolean hasRested(String model) {
    return ring.stream().anyMatch(key -> key.isRested(model));
  }

  boolean hasAnother(Key tried) {
    return hasAnother(tried, OWN_MODEL);
  }

  /** Whether a key other than {@code tried} is not suspended. */
  boolean hasAnother(Key tried, String model) {
    return ring.stream().anyMatch(key -> key != tried && key.isRested(model));
  }

  private String read(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    if (text.isEmpty() || !text.chars().allMatch(c -> c > 0x20 && c < 0x7F)) {
      throw new IOException(file + " holds no token");
    }
    return keys.prefix() + text;
  }
}
