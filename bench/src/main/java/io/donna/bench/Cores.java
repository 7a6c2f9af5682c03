package io.donna.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Pins the peer and the load to separate cores, so that neither waits for the other.
 *
 * @param peerPrefix the command prefix that pins a peer to its core
 * @param note a description of the pinning for the report
 */
record Cores(List<String> peerPrefix, String note) {
  private static final String TASKSET = "taskset";

  /** Pins all threads of this process to its second available core. The first is for the peers. */
  static Cores claim() {
    List<Integer> allowed = allowed();
    if (allowed.size() < 2) {
      return new Cores(List.of(), "not pinned, one core only: peer and load share it");
    }
    String peer = allowed.get(0).toString();
    String load = allowed.get(1).toString();
    if (!succeeds(TASKSET, "-a", "-c", "-p", load, Long.toString(ProcessHandle.current().pid()))) {
      return new Cores(List.of(), "not pinned, no taskset (util-linux): peer and load may mix");
    }
    return new Cores(
        List.of(TASKSET, "-c", peer), "peer on core " + peer + ", load on core " + load);
  }

  List<String> forPeer(List<String> command) {
    List<String> pinned = new ArrayList<>(peerPrefix);
    pinned.addAll(command);
    return List.copyOf(pinned);
  }

  private static List<Integer> allowed() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("Cpus_allowed_list:"))
          .flatMap(line -> parse(line.split(":", 2)[1].strip()).stream())
          .toList();
    } catch (IOException e) {
      throw new BenchmarkFailed("the benchmark reads /proc and so needs Linux", e);
    }
  }

  /** Parses a list in the kernel's format: {@code 0-3,8}. */
  static List<Integer> parse(String list) {
    return Arrays.stream(list.split(",", -1))
        .map(range -> range.split("-", 2))
        .flatMapToInt(ends ->
            IntStream.rangeClosed(
                Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1])))
        .boxed()
        .toList();
  }

  private static boolean succeeds(String... command) {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new BenchmarkFailed("interrupted", e);
    }
  }
}
