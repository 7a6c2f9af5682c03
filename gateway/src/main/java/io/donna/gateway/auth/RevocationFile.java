package io.donna.gateway.auth;

import io.donna.gateway.config.BoundedFile;
import io.donna.gateway.config.WatchedFile;
import io.donna.gateway.config.WatchedFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Keeps {@link Revocations} as a file says. What is new in it counts within half a second; what is
 * gone from it goes on to count until two looks in a row have found it gone, so that half a list
 * lets nobody back in. A file that is missing or cannot be read revokes what it did before.
 */
public final class RevocationFile implements WatchedFiles.Reader {
  /** Some 300,000 tokens. */
  static final int MOST_BYTES = 16 << 20;

  private static final String SETTING = "JWT_REVOCATIONS_FILE";

  private static final WatchedFile.Pace PACE =
      new WatchedFile.Pace(Duration.ofMillis(250), MOST_BYTES);

  private final Revocations revocations;

  private RevocationFile(Revocations revocations) {
    this.revocations = revocations;
  }

  /**
   * Reads the file, and follows it from now on.
   *
   * @throws IOException when it cannot be read as it is
   */
  public static void follow(Path file, Revocations revocations, WatchedFiles watched)
      throws IOException {
    read(file, revocations);
    watched.watch(SETTING, file, PACE, new RevocationFile(revocations));
  }

  /**
   * Reads the file, once.
   *
   * @throws IOException when it cannot be read as it is
   */
  public static void read(Path file, Revocations revocations) throws IOException {
    try {
      revocations.replace(RevocationList.read(BoundedFile.read(file, MOST_BYTES)));
    } catch (IOException unreadable) {
      throw new IOException(SETTING + " " + unreadable.getMessage() + ": " + file, unreadable);
    }
  }

  @Override
  public void take(List<byte[]> contents) throws IOException {
    revocations.replace(RevocationList.read(contents.getFirst()));
  }

  @Override
  public void glimpse(List<byte[]> contents) {
    try {
      revocations.add(RevocationList.read(contents.getFirst()));
    } catch (IOException halfALine) {
      // The next look finds the whole.
    }
  }
}
