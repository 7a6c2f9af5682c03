package io.donna.gateway.auth;

import io.donna.gateway.config.BoundedFile;
import io.donna.gateway.config.WatchedFile;
import io.donna.gateway.config.WatchedFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Applies a file to {@link Revocations}. New entries apply within half a second; removed entries
 * apply until two consecutive reads have found them removed, so that a half-written list re-admits
 * nobody. While the file is missing or unreadable, its previous entries stay in force.
 */
public final class RevocationFile implements WatchedFiles.Reader {
  /** About 300,000 tokens. */
  static final int MOST_BYTES = 16 << 20;

  private static final String SETTING = "JWT_REVOCATIONS_FILE";

  private static final WatchedFile.Pace PACE =
      new WatchedFile.Pace(Duration.ofMillis(250), MOST_BYTES);

  private final Revocations revocations;

  private RevocationFile(Revocations revocations) {
    this.revocations = revocations;
  }

  /**
   * Reads the file and starts watching it.
   *
   * @throws IOException when it cannot be read as it is
   */
  public static void follow(Path file, Revocations revocations, WatchedFiles watched)
      throws IOException {
    read(file, revocations);
    watched.watch(SETTING, file, PACE, new RevocationFile(revocations));
  }

  /**
   * Reads the file once.
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
      // Half written; the next read finds the complete list.
    }
  }
}
