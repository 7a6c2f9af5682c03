package io.donna.gateway.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.metering.UsageLine.Read;
import io.donna.gateway.metering.UsageRecord.Charge;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Reads a usage log back, with what was rotated away from it: the files beside it whose names begin
 * with its own, {@code .gz} or not. Each charge is handed over once, however often it was written.
 */
public final class UsageFiles {
  /**
   * What was found.
   *
   * @param charges handed over
   * @param repeated there a second time, and not handed over again
   * @param unreadable lines that say nothing, as a crash leaves one
   */
  public record Found(long charges, long repeated, long unreadable) {}

  private final Instant since;
  private final Consumer<Charge> charges;
  private final Set<String> seen = new HashSet<>();
  private long repeated;
  private long unreadable;

  private UsageFiles(Instant since, Consumer<Charge> charges) {
    this.since = since;
    this.charges = charges;
  }

  /**
   * Hands over what {@code logs} say was billed at {@code since} or later. A log that is not there
   * is empty.
   */
  public static Found read(List<Path> logs, Instant since, Consumer<Charge> charges)
      throws IOException {
    UsageFiles reading = new UsageFiles(since, charges);
    for (Path log : logs) {
      for (Path file : withRotated(log, since)) {
        reading.readFile(file);
      }
    }
    return new Found(reading.seen.size(), reading.repeated, reading.unreadable);
  }

  private static List<Path> withRotated(Path log, Instant since) throws IOException {
    Path folder = log.toAbsolutePath().getParent();
    String name = String.valueOf(log.getFileName());
    record Dated(Path file, FileTime modified) {}
    List<Dated> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        FileTime modified = Files.getLastModifiedTime(file);
        if (String.valueOf(file.getFileName()).startsWith(name)
            && !modified.toInstant().isBefore(since)) {
          found.add(new Dated(file, modified));
        }
      }
    } catch (NoSuchFileException noFolder) {
      return List.of();
    }
    return found.stream().sorted(Comparator.comparing(Dated::modified)).map(Dated::file).toList();
  }

  private void readFile(Path file) throws IOException {
    try (InputStream in = open(file);
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
      String line = lines.readLine();
      while (line != null) {
        if (!line.isBlank()) {
          take(UsageLine.read(line));
        }
        line = lines.readLine();
      }
    }
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    return file.toString().endsWith(".gz") ? new GZIPInputStream(in, 1 << 16) : in;
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
