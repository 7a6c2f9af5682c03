package io.donna.gateway.config;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Checks that only root and the user of this process can change a file: in a shared directory,
 * settings must not come from another user. Checked on systems with Unix owners and modes;
 * elsewhere every file passes.
 */
public final class FileTrust {
  private static final int WRITABLE_BY_GROUP_OR_OTHERS = 0022;
  private static final int WRITABLE_BY_OTHERS = 0002;
  private static final int READABLE_BY_OTHERS = 0004;
  private static final int STICKY = 01000;
  private static final int MOST_LINKS = 16;

  private static final boolean HAS_OWNERS =
      FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

  private final long user = new UnixSystem().getUid();

  private FileTrust() {}

  /** Why {@code file} cannot be trusted and how to fix it; empty if it can. */
  public static Optional<String> objection(Path file) throws IOException {
    return HAS_OWNERS ? new FileTrust().judge(file) : Optional.empty();
  }

  /** Whether other users of the machine can read {@code file}. */
  static boolean isReadableByOthers(Path file) throws IOException {
    return HAS_OWNERS
        && ((Integer) Files.getAttribute(file, "unix:mode") & READABLE_BY_OTHERS) != 0;
  }

  /** Checks the file and each symbolic link on the way to it, as a link can be redirected. */
  private Optional<String> judge(Path file) throws IOException {
    Path at = file;
    for (int links = 0; links < MOST_LINKS; links++) {
      Optional<String> objection = judgeOne(at);
      if (objection.isPresent() || !Files.isSymbolicLink(at)) {
        return objection;
      }
      at = at.toAbsolutePath().resolveSibling(Files.readSymbolicLink(at));
    }
    return Optional.of("is behind more than " + MOST_LINKS + " symbolic links");
  }

  private Optional<String> judgeOne(Path file) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(file, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    int owner = (Integer) Objects.requireNonNull(attributes.get("uid"));
    if (owner != 0 && owner != user) {
      return Optional.of(
          "is refused: %s is owned by another user (%s), who could redirect your API keys; chown it"
                  .formatted(file, Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName())
              + " to the user that runs Donna, or remove it");
    }
    int mode = (Integer) Objects.requireNonNull(attributes.get("mode"));
    // The mode of the link itself is meaningless.
    if (!Files.isSymbolicLink(file) && (mode & WRITABLE_BY_GROUP_OR_OTHERS) != 0) {
      return Optional.of(
          "is refused: %s is writable by other users; run chmod go-w %s".formatted(file, file));
    }
    Path folder = file.toAbsolutePath().getParent();
    int folderMode = folder == null ? 0 : (Integer) Files.getAttribute(folder, "unix:mode");
    return (folderMode & WRITABLE_BY_OTHERS) != 0 && (folderMode & STICKY) == 0
        ? Optional.of(
            "is refused: any user can replace it in its directory; run chmod o-w " + folder)
        : Optional.empty();
  }
}
