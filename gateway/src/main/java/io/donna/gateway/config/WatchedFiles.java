package io.donna.gateway.config;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

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

  @Override
  public void close() {
    watched.forEach(WatchedFile::close);
  }
}
