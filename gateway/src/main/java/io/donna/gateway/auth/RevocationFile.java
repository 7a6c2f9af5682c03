package io.donna.gateway.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@link Revocations} as a file says, and as it says within half a second after it changed.
 * It is looked at, not waited for: a mounted Kubernetes volume changes by a link that no file event
 * tells of. A file that is gone or cannot be read revokes what it did before.
 */
public final class RevocationFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RevocationFile.class);

  private static final Duration LOOK = Duration.ofMillis(250);

  /** Two versions may be written within one tick of the file system's clock. */
  private static final Duration CLOCK_TICK = Duration.ofSeconds(2);

  private record Version(FileTime modified, long size, @Nullable Object key) {
    static Version of(Path file) throws IOException {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }
  }

  private final Path file;
  private final Revocations revocations;
  private final Thread watch;

  private @Nullable Version seen;
  private long seenSince;
  private String complaint = "";

  /**
   * Reads the file, and watches it from now on.
   *
   * @throws IOException when it cannot be read as it is
   */
  public RevocationFile(Path file, Revocations revocations) throws IOException {
    this.file = file;
    this.revocations = revocations;
    look();
    this.watch = Thread.ofVirtual().name("revocations").start(this::watch);
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        try {
          look();
          complaint = "";
        } catch (IOException unreadable) {
          complainOnce(unreadable.toString());
        } catch (RuntimeException fault) {
          LOG.error("JWT_REVOCATIONS_FILE was not read, by a fault of ours", fault);
        }
      }
    } catch (InterruptedException closed) {
      // The gateway stops.
    }
  }

  private void look() throws IOException {
    Version now = Version.of(file);
    if (!now.equals(seen)) {
      seen = now;
      seenSince = System.nanoTime();
    }
    if (System.nanoTime() - seenSince < CLOCK_TICK.toNanos()) {
      revocations.replace(RevocationList.read(file));
    }
  }

  private void complainOnce(String fault) {
    if (!fault.equals(complaint)) {
      complaint = fault;
      LOG.error("JWT_REVOCATIONS_FILE: {}; what it said before goes on to count", fault);
    }
  }

  @Override
  public void close() {
    watch.interrupt();
  }
}
