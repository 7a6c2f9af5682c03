package io.donna.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A snapshot of a process and its children. nginx works in a child process, and a script may start
 * the gateway.
 */
record ProcessTree(List<Long> pids) {
  static final ProcessTree EMPTY = new ProcessTree(List.of());

  static ProcessTree of(ProcessHandle root) {
    return new ProcessTree(
        Stream.concat(Stream.of(root), root.descendants()).map(ProcessHandle::pid).toList());
  }

  long cpuNanos() {
    return pids.stream().mapToLong(CpuClock::nanos).sum();
  }

  /**
   * Resident memory in bytes. A shared page counts in proportion (PSS): nginx's worker shares most
   * of its pages with its master.
   */
  long residentBytes() {
    return pids.stream().mapToLong(ProcessTree::residentBytes).sum();
  }

  private static long residentBytes(long pid) {
    Path rollup = Path.of("/proc", Long.toString(pid), "smaps_rollup");
    try (Stream<String> lines = Files.lines(rollup)) {
      return lines.filter(line -> line.startsWith("Pss:")).mapToLong(ProcessTree::bytes).sum();
    } catch (IOException e) {
      throw new BenchmarkFailed("the memory of process " + pid + " cannot be read", e);
    }
  }

  /** The bytes of a line such as {@code Pss: 2384 kB}. */
  static long bytes(String line) {
    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
  }
}
