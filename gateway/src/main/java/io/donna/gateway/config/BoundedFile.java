package io.donna.gateway.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Reads small files whole and refuses others: a growing file, a sparse file of terabytes or a pipe
 * without a writer can neither exhaust memory nor block the reading thread.
 */
public final class BoundedFile {
  /** For policies, prices, certificates, keys and {@code .env}. */
  public static final int MOST_BYTES = 1 << 20;

  private static final int KIB = 1 << 10;

  private BoundedFile() {}

  /** As {@link #read(Path, int)}, with a limit of 1 MiB. */
  public static byte[] read(Path file) throws IOException {
    return read(file, MOST_BYTES);
  }

  /**
   * The content of a regular file; symbolic links are followed.
   *
   * @throws IOException when it cannot be read or is larger than {@code mostBytes}; the message
   *     says why, does not contain the path, and completes a sentence beginning with a setting's
   *     name
   */
  public static byte[] read(Path file, int mostBytes) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        throw new IOException("is not a regular file");
      }
      if (attributes.size() > mostBytes) {
        throw tooLarge(mostBytes);
      }
      try (InputStream in = Files.newInputStream(file)) {
        byte[] bytes = in.readNBytes(mostBytes + 1);
        if (bytes.length > mostBytes) {
          throw tooLarge(mostBytes);
        }
        return bytes;
      }
    } catch (NoSuchFileException missing) {
      throw new IOException("does not exist", missing);
    } catch (AccessDeniedException denied) {
      throw new IOException("cannot be read: permission denied", denied);
    }
  }

  private static IOException tooLarge(int mostBytes) {
    return new IOException("is larger than " + mostBytes / KIB + " KiB");
  }
}
