package io.donna.gateway.config;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The files that a running gateway follows, and whether each is in force as it is now. Safe from
 * any thread.
 */
public final class WatchedFiles implements AutoCloseable {
  /** What to do with the contents of files, on the thread that watches them. */
  @FunctionalInterface
  public interface Reader {
    /**
     * Puts contents into force that two looks in a row have found.
     *
     * @param contents one for each file, in the order in which they were named
     * @throws IOException when they cannot be used; the message says why, fit to follow the name of
     *     the setting
     */
    void take(List<byte[]> contents) throws IOException;

    /**
     * Sees contents that differ from those in force, and that may be half of what is being written.
     * By default it does nothing.
     */
    default void glimpse(List<byte[]> contents) {}
  }

  private final Clock clock;
  private final List<WatchedFile> watched = new CopyOnWriteArrayList<>();

  public WatchedFiles(Clock clock) {
    this.clock = clock;
  }

  /**
   * Begins to watch files that belong together, and that have just been read.
   *
   * @param setting names them in the log and in {@link #notReadSince}
   */
  public void watch(String setting, List<Path> files, Reader reader) {
    add(new WatchedFile(setting, files, WatchedFile.USUAL, reader, clock));
  }

  /** As {@link #watch}, for a file that may be as large as {@code pace} says. */
  public void watch(String setting, Path file, WatchedFile.Pace pace, Reader reader) {
    add(new WatchedFile(setting, List.of(file), pace, reader, clock));
  }

  private void add(WatchedFile files) {
    watched.add(files);
    files.start();
  }

  /**
   * For each setting, the time since which its files, as they are now, could not be put into force;
   * empty while they are in force.
   */
  public Map<String, Optional<Instant>> notReadSince() {
    Map<String, Optional<Instant>> states = new LinkedHashMap<>();
    watched.forEach(files -> states.put(files.setting(), files.notReadSince()));
    return states;
  }

  @Override
  public void close() {
    watched.forEach(WatchedFile::close);
  }
}
