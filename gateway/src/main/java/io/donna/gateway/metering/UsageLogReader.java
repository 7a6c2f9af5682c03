package io.donna.gateway.metering;

import io.donna.gateway.metering.UsageLine.Read;
import io.donna.gateway.metering.UsageRecord.Charge;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Reads a usage log back, with its rotated files: those beside it whose names begin with its own,
 * {@code .gz} or not. Passes on each charge once, however often it was written. Reports what cannot
 * be read, and reads the rest. Confined to one thread.
 */
public final class UsageLogReader {
  /**
   * The result of reading usage logs.
   *
   * @param charges charges passed on
   * @param repeated repeated charges, not passed on again
   * @param unreadable malformed lines, such as a crash leaves
   * @param damaged files that were not read, or not to their end
   */
  public record Found(long charges, long repeated, long unreadable, List<Damage> damaged) {}

  /** A file or folder that was not read completely, and why. */
  public record Damage(Path file, String why) {
    /** The name without the folder, and the reason. */
    @Override
    public String toString() {
      return file.getFileName() + " " + why;
    }
  }

  private final Instant since;
  private final Consumer<Charge> charges;
  private final Set<String> seen = new HashSet<>();
  private long repeated;
  private long unreadable;
  private final List<Damage> damaged = new ArrayList<>();

  private UsageLogReader(Instant since, Consumer<Charge> charges) {
    this.since = since;
    this.charges = charges;
  }

  /**
   * Passes on the charges in {@code logs} from {@code since} or later. A missing log counts as
   * empty.
   */
  public static Found read(List<Path> logs, Instant since, Consumer<Charge> charges) {
    UsageLogReader reading = new UsageLogReader(since, charges);
    for (Path log : logs) {
      for (Path file : reading.withRotated(log)) {
        reading.readFile(file);
      }
    }
    return new Found(
        reading.seen.size(), reading.repeated, reading.unreadable, List.copyOf(reading.damaged));
  }

  private record Dated(Path file, FileTime modified) {}

  private List<Path> withRotated(Path log) {
    Path folder = Objects.requireNonNull(log.toAbsolutePath().getParent());
    String name = String.valueOf(log.getFileName());
    List<Dated> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      files
          .filter(file -> String.valueOf(file.getFileName()).startsWith(name))
          .forEach(file -> date(file).ifPresent(found::add));
    } catch (NoSuchFileException noFolder) {
      return List.of();
    } catch (IOException | UncheckedIOException unlisted) {
      damaged.add(new Damage(folder, "cannot be listed, and may hold rotated files"));
      date(log).ifPresent(found::add);
    }
    return found.stream().sorted(Comparator.comparing(Dated::modified)).map(Dated::file).toList();
  }

  /**
   * The file with its time; empty if it is no regular file, or was last modified before {@code
   * since}.
   */
  private Optional<Dated> date(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (attributes.isOther()) {
        damaged.add(new Damage(file, "is not a regular file"));
      }
      return attributes.isRegularFile()
              && !attributes.lastModifiedTime().toInstant().isBefore(since)
          ? Optional.of(new Dated(file, attributes.lastModifiedTime()))
          : Optional.empty();
    } catch (IOException gone) {
      if (Files.isSymbolicLink(file)) {
        damaged.add(new Damage(file, "is a symbolic link to a file that does not exist"));
      }
      return Optional.empty();
    }
  }

  private void readFile(Path file) {
    try (InputStream in = open(file)) {
      BoundedLines lines = new BoundedLines(in);
      while (lines.next()) {
        if (lines.isTooLong()) {
          unreadable++;
        } else if (!lines.text().isBlank()) {
          take(UsageLine.read(lines.text()));
        }
      }
    } catch (IOException cut) {
      damaged.add(new Damage(file, why(cut)));
    }
  }

  private static String why(IOException fault) {
    return switch (fault) {
      case EOFException _ -> "ends too early";
      case AccessDeniedException _ -> "cannot be read: permission denied";
      default -> "cannot be read: " + fault.getMessage();
    };
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    if (!file.toString().endsWith(".gz")) {
      return in;
    }
    try {
      return new GZIPInputStream(in, 1 << 16);
    } catch (IOException noGzip) {
      in.close();
      throw noGzip;
    }
  }

  private void take(Read read) {
    switch (read) {
      case Read.Billed(Charge charge) -> {
        if (charge.time().isBefore(since)) {
          return;
        }
        if (seen.add(charge.key())) {
          charges.accept(charge);
        } else {
          repeated++;
        }
      }
      case Read.NotBilled() -> {}
      case Read.Unreadable() -> unreadable++;
    }
  }
}
