package io.donna.gateway.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Replaces a file atomically: a reader at any time, and after a power failure, finds either the old
 * or the new content, complete.
 */
public final class FileReplacement {
  private final Path target;
  private final @Nullable Path model;

  /**
   * @param target an existing regular file, or the name of a new one
   * @param model the file whose owner, group and mode the new file gets: the target itself if it
   *     exists; none if only its owner may read and write it
   */
  private FileReplacement(Path target, @Nullable Path model) {
    this.target = target;
    this.model = model;
  }

  /**
   * The replacement of {@code target}, or of the file it links to. A new file gets the mode of
   * {@code source}.
   */
  public static FileReplacement of(Path target, Path source) throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return new FileReplacement(target.toAbsolutePath(), source);
    }
    if (!Files.exists(target)) {
      throw new IOException(target + " is a symbolic link to a file that does not exist");
    }
    if (!Files.isRegularFile(target)) {
      throw new IOException(target + " is not a regular file");
    }
    Path real = target.toRealPath();
    return new FileReplacement(real, real);
  }

  /** The replacement of {@code target} by a file that only the user of this process can read. */
  public static FileReplacement ofPrivate(Path target) {
    return new FileReplacement(target.toAbsolutePath(), null);
  }

  private boolean exists() {
    return target.equals(model);
  }

  /** Whether the target's content differs from {@code content}. */
  public boolean changes(byte[] content) {
    try {
      return !exists() || !Arrays.equals(BoundedFile.read(target, content.length), content);
    } catch (IOException larger) {
      return true;
    }
  }

  /** Replaces the target; on failure, the target is unchanged. */
  public void write(byte[] content) throws IOException {
    Path folder = Objects.requireNonNull(target.getParent());
    Path beside;
    try {
      beside = Files.createTempFile(folder, "." + target.getFileName(), ".new");
    } catch (FileSystemException unwritable) {
      throw new IOException("cannot write to " + folder + ": " + reason(unwritable), unwritable);
    }
    try {
      try (FileChannel out = FileChannel.open(beside, StandardOpenOption.WRITE)) {
        for (ByteBuffer rest = ByteBuffer.wrap(content); rest.hasRemaining(); ) {
          out.write(rest);
        }
        copyAttributes(beside);
        out.force(true);
      }
      Files.move(
          beside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(beside);
    }
    sync(folder);
  }

  private void copyAttributes(Path file) throws IOException {
    if (model == null) {
      return; // temporary files are private from the beginning
    }
    PosixFileAttributes wanted = posix(model);
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (wanted == null || view == null) {
      return;
    }
    PosixFileAttributes own = view.readAttributes();
    try {
      if (exists() && !own.group().equals(wanted.group())) {
        view.setGroup(wanted.group());
      }
      if (exists() && !own.owner().equals(wanted.owner())) {
        view.setOwner(wanted.owner());
      }
    } catch (FileSystemException notAllowed) {
      throw new IOException(
          "cannot keep owner and group of %s (%s, %s): run this as its owner or as root"
              .formatted(target, wanted.owner().getName(), wanted.group().getName()),
          notAllowed);
    }
    view.setPermissions(wanted.permissions());
  }

  /** Owner, group and mode of the target, for people. */
  public String attributes() throws IOException {
    PosixFileAttributes now = posix(target);
    return now == null
        ? "permissions inherited from its directory"
        : "owner %s, group %s, mode %s"
            .formatted(
                now.owner().getName(),
                now.group().getName(),
                PosixFilePermissions.toString(now.permissions()));
  }

  private static @Nullable PosixFileAttributes posix(Path file) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    return view == null ? null : view.readAttributes();
  }

  /** Syncs the directory, so that the rename survives a power failure, where the system can. */
  private static void sync(Path folder) {
    try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
      opened.force(true);
    } catch (IOException notOnThisSystem) {
      // Windows opens no folders.
    }
  }

  private static String reason(FileSystemException fault) {
    return switch (fault) {
      case AccessDeniedException _ -> "permission denied";
      default -> Objects.requireNonNullElse(fault.getReason(), "it does not exist");
    };
  }
}
