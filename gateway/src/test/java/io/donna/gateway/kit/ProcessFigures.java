package io.donna.gateway.kit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * What Linux says of a process, each figure as it is when it is asked for. Where there is no {@code
 * /proc}, the test that asks is skipped.
 */
public record ProcessFigures(long pid) {
  public ProcessFigures {
    assumeTrue(Files.isDirectory(Path.of("/proc", "self")), "there is no /proc");
  }

  public static ProcessFigures ofThisProcess() {
    return new ProcessFigures(ProcessHandle.current().pid());
  }

  /** Resident memory, in bytes. */
  public long residentBytes() {
    try (Stream<String> lines = Files.lines(file("status"))) {
      return lines
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .findFirst()
              .orElseThrow()
          * 1024;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Open file descriptors. */
  public int descriptors() {
    try (Stream<Path> open = Files.list(file("fd"))) {
      return (int) open.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Processor time used so far, of all threads. */
  public Duration cpu() {
    return ProcessHandle.of(pid).orElseThrow().info().totalCpuDuration().orElseThrow();
  }

  private Path file(String name) {
    return Path.of("/proc", Long.toString(pid), name);
  }
}
