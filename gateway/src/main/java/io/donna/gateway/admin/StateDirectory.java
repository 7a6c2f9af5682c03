package io.donna.gateway.admin;

import io.donna.gateway.config.BoundedFile;
import io.donna.gateway.config.FileReplacement;
import io.donna.gateway.config.FileTrust;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * {@code STATE_DIR}: one file, replaced as a whole, which only the gateway's user can read. One
 * gateway uses it at a time. A file that is damaged prevents the start, as without it those who are
 * blocked or revoked could come in.
 */
final class StateDirectory implements AutoCloseable {
  private static final String FILE = "state.json";
  private static final String LOCK = "state.lock";

  /** Some 20,000 blocks and revocations. */
  static final int MOST_BYTES = 8 << 20;

  private final Path file;
  private final FileChannel lock;

  private StateDirectory(Path file, FileChannel lock) {
    this.file = file;
    this.lock = lock;
  }

  /**
   * Opens the directory for this process.
   *
   * @throws IOException when another gateway uses it
   */
  static StateDirectory open(Path folder) throws IOException {
    FileChannel lock = openPrivately(folder.resolve(LOCK));
    try {
      if (lock.tryLock() == null) {
        throw new IOException("is locked");
      }
    } catch (IOException | OverlappingFileLockException taken) {
      lock.close();
      throw new IOException(
          "STATE_DIR is in use by another gateway, each needs its own: " + folder, taken);
    }
    return new StateDirectory(folder.resolve(FILE), lock);
  }

  private static FileChannel openPrivately(Path file) throws IOException {
    Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? FileChannel.open(
            file,
            options,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
        : FileChannel.open(file, options);
  }

  /**
   * What was kept.
   *
   * @throws IOException when it cannot be read as it is
   */
  KeptState read() throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return KeptState.EMPTY;
    }
    Optional<String> objection = FileTrust.objection(file);
    if (objection.isPresent()) {
      throw new IOException("STATE_DIR: " + FILE + " " + objection.get());
    }
    byte[] bytes;
    try {
      bytes = BoundedFile.read(file, MOST_BYTES);
    } catch (IOException unreadable) {
      throw new IOException("STATE_DIR: " + file + " " + unreadable.getMessage(), unreadable);
    }
    return KeptState.read(bytes)
        .orElseThrow(() ->
            new IOException(
                "STATE_DIR: "
                    + file
                    + " is damaged. It says who is blocked and revoked, so the gateway does not start"
                    + " without it: restore it, or remove it to admit everybody again"));
  }

  void write(KeptState state) throws IOException {
    FileReplacement.ofPrivate(file).write(state.write());
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
