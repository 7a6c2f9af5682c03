package io.donna.gateway.upstream;

import io.donna.gateway.config.UpstreamKeys;
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
 * The keys of one server, used in turn. One that is refused or used up rests; where all rest, the
 * one whose rest is over first is used all the same. Safe from any thread.
 */
final class ApiKeys {
  /**
   * A key that is refused may be replaced or paid for; until then every use costs a session time.
   */
  static final Duration REFUSED_REST = Duration.ofMinutes(10);

  /** Rates are by the minute. */
  static final Duration EXHAUSTED_REST = Duration.ofMinutes(1);

  /** One of the keys, or what stands for none. */
  final class Key {
    private final Optional<String> value;
    private final String label;
    private final AtomicLong restsUntil = new AtomicLong(nanoTime.getAsLong());

    private Key(Optional<String> value, String label) {
      this.value = value;
      this.label = label;
    }

    /**
     * What goes into the header; nothing where the server asks for no key. Reads a file.
     *
     * @throws IOException where the file is no key
     */
    Optional<String> value() throws IOException {
      Optional<Path> file = keys.file();
      return file.isPresent() ? Optional.of(read(file.get())) : value;
    }

    /** A file's rest is short: whoever renews it does so without telling us. */
    void rest(Duration time) {
      Duration rest = keys.file().isPresent() ? Breaker.REST : time;
      restsUntil.set(nanoTime.getAsLong() + rest.toNanos());
    }

    private boolean isRested() {
      return restLeft() <= 0;
    }

    private long restLeft() {
      return restsUntil.get() - nanoTime.getAsLong();
    }

    /** For the log: its place among the keys, and nothing of itself. */
    @Override
    public String toString() {
      return label;
    }
  }

  private final UpstreamKeys keys;
  private final LongSupplier nanoTime;
  private final List<Key> ring;
  private final AtomicInteger turn = new AtomicInteger();

  ApiKeys(UpstreamKeys keys, LongSupplier nanoTime) {
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

  /** The key whose turn it is. */
  Key next() {
    int from = Math.floorMod(turn.getAndIncrement(), ring.size());
    for (int i = 0; i < ring.size(); i++) {
      Key key = ring.get((from + i) % ring.size());
      if (key.isRested()) {
        return key;
      }
    }
    return ring.stream().min(Comparator.comparingLong(Key::restLeft)).orElseThrow();
  }

  boolean hasRested() {
    return ring.stream().anyMatch(Key::isRested);
  }

  /** Whether there is a key to turn to that does not rest, besides {@code tried}. */
  boolean hasAnother(Key tried) {
    return ring.stream().anyMatch(key -> key != tried && key.isRested());
  }

  private String read(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    if (text.isEmpty() || !text.chars().allMatch(c -> c > 0x20 && c < 0x7F)) {
      throw new IOException(file + " holds no token");
    }
    return keys.prefix() + text;
  }
}
