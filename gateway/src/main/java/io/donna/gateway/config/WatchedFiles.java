package io.donna.gateway.config;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The files that a running gateway reloads when they change, and for {@code /health} whether the
 * version on disk of each is the one in use. Safe from any thread.
 */
public final class WatchedFiles implements AutoCloseable {
  /** Applies the contents of files, on the thread that watches them. */
  @FunctionalInterface
  public interface Reader {
    /**
     * Applies contents that two consecutive reads have found.
     *
     * @param contents one for each file, in the order in which they were named
     * @throws IOException when they cannot be used; the message says why and completes a sentence
     *     beginning with the setting's name
     */
    void take(List<byte[]> contents) throws IOException;

    /**
     * Sees contents that differ from those in force and may be half written. By default does
     * nothing.
     */
    default void glimpse(List<byte[]> contents) {}
  }

  private final Clock clock;
  private final List<WatchedFile> watched = new CopyOnWriteArrayList<>();

  public WatchedFiles(Clock clock) {
    this.clock = clock;
  }

  /**
   * Starts watching files that belong together and have just been read.
   *
   * @param setting their name in the log and in {@link #notReadSince}
   */
  public void watch(String setting, List<Path> files, Reader reader) {
    add(new WatchedFile(setting, files, WatchedFile.USUAL, reader, clock));
  }

  /** As {@link #watch}, with the interval and size limit of {@code pace}. */
  public void watch(String setting, Path file, WatchedFile.Pace pace, Reader reader) {
    add(new WatchedFile(setting, List.of(file), pace, reader, clock));
  }

  private void add(WatchedFile files) {
    watched.add(files);
    files.start();
  }

  /**
   * For each setting, the time since which the current version of its files could not be applied;
   * empty while it is in force.
   */
  public Map<String, Optional<Instant>> notReadSince() {
    Map<String, Optional<Instant>> states = new LinkedHashMap<>();
    watched.forEach(files -> states.put(files.setting(), files.notReadSince()));
    return states;
  }

  /** When contents of any file were last applied; empty if none is watched. */
  public Optional<Instant> lastApplied() {
    return watched.stream().map(WatchedFile::appliedAt).max(Comparator.naturalOrder());
  }

  /**
   * A number of 48 bits for the configuration in force: these settings with the contents of every
   * watched file. Complete once each file has been read, a second or two after the start.
   *
   * @param settings the hash of the settings
   */
  public long hash(String settings) {
    ConfigurationHash hash = new ConfigurationHash().add(settings);
    watched.forEach(files -> hash.add(files.setting()).add(files.hash()));
    return hash.number();
  }

  /**
   * Reads all files now and applies them, in the order in which they are watched. Those that have
   * not been read within {@code patience} are reported as such.
   */
  public List<WatchedFile.Reload> reload(Duration patience) throws InterruptedException {
    List<CompletableFuture<WatchedFile.Reload>> asked =
        watched.stream().map(WatchedFile::reload).toList();
    long end = System.nanoTime() + patience.toNanos();
    List<WatchedFile.Reload> done = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      try {
        done.add(asked.get(i).get(end - System.nanoTime(), TimeUnit.NANOSECONDS));
      } catch (TimeoutException | ExecutionException late) {
        done.add(watched.get(i).notYetReloaded());
      }
    }
    return done;
  }

  @Override
  public void close() {
    watched.forEach(WatchedFile::close);
  }
}
