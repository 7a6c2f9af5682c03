package io.donna.gateway.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks at files once a second, on a virtual thread of its own, and tells when one was replaced,
 * written, removed or came back. Looking works where notification does not: through symbolic links
 * (how Kubernetes swaps secrets) and on network file systems.
 */
public final class WatchedFiles implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final List<Path> files;
  private final Runnable onChange;
  private final Thread thread;
  private List<Object> seen;

  private WatchedFiles(List<Path> files, Runnable onChange) {
    this.files = List.copyOf(files);
    this.onChange = onChange;
    this.seen = stamps();
    this.thread = Thread.ofVirtual().name("watched-files").unstarted(this::look);
  }

  /**
   * Begins to look; what the files hold now counts as known.
   *
   * @param onChange called on the watching thread; what it throws ends the watching
   */
  public static WatchedFiles watch(List<Path> files, Runnable onChange) {
    WatchedFiles watched = new WatchedFiles(files, onChange);
    watched.thread.start();
    return watched;
  }

  private void look() {
    try {
      while (true) {
        Thread.sleep(INTERVAL);
        // Stamps first: what is written while it is read is seen at the next look.
        List<Object> now = stamps();
        if (!now.equals(seen)) {
          seen = now;
          onChange.run();
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Object> stamps() {
    List<Object> stamps = new ArrayList<>();
    for (Path file : files) {
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        stamps.add(List.of(now.lastModifiedTime(), now.size(), Optional.ofNullable(now.fileKey())));
      } catch (IOException missing) {
        stamps.add("missing");
      }
    }
    return stamps;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
