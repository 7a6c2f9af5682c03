package io.donna.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Starts the peers' processes, pinned to the peers' core, and stops them at the end of the run. */
final class Launcher {
  private final Cores cores;
  private final Cleanup cleanup;
  private final Path directory;
  private final boolean pinned;
  private final Optional<Tls> tls;

  Launcher(Cores cores, Cleanup cleanup, boolean tls) {
    this.cores = cores;
    this.cleanup = cleanup;
    this.directory = temporaryDirectory();
    this.pinned = true;
    this.tls = tls ? Optional.of(Tls.in(directory)) : Optional.empty();
    cleanup.add(() -> delete(directory));
  }

  private Launcher(
      Cores cores, Cleanup cleanup, Path directory, boolean pinned, Optional<Tls> tls) {
    this.tls = tls;
    this.cores = cores;
    this.cleanup = cleanup;
    this.directory = directory;
    this.pinned = pinned;
  }

  /** A launcher whose processes may run on all cores, as they would outside a benchmark. */
  Launcher unpinned() {
    return new Launcher(cores, cleanup, directory, false, tls);
  }

  /** A directory for the peers' files, deleted at the end of the run. */
  Path directory() {
    return directory;
  }

  /** TLS for the clients' connections; empty if they are unencrypted. */
  Optional<Tls> tls() {
    return tls;
  }

  /** Starts a server and waits until {@code GET /health} returns 200. */
  Child start(String name, int port, List<String> command, Map<String, String> environment) {
    return start(name, command, environment, () -> Child.isHealthy(port, tls));
  }

  /** Starts a server and waits until it is {@code ready}. */
  Child start(
      String name, List<String> command, Map<String, String> environment, BooleanSupplier ready) {
    Path output = directory.resolve(name + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(pinned ? cores.forPeer(command) : command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    // The allowed origins of the caller's shell do not apply to the load.
    builder.environment().remove("ALLOWED_ORIGINS");
    builder.environment().putAll(environment);
    try {
      long begun = System.nanoTime();
      Child child = new Child(name, builder.start(), output);
      cleanup.add(child::stop);
      child.await(ready);
      child.readyAfter(Duration.ofNanos(System.nanoTime() - begun));
      return child;
    } catch (IOException e) {
      throw new BenchmarkFailed("cannot start " + name, e);
    }
  }

  /** A port that was free at the time of the call. */
  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new BenchmarkFailed("no free port", e);
    }
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("donna-bench");
    } catch (IOException e) {
      throw new BenchmarkFailed("no temporary directory", e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
