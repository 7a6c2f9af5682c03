package io.donna.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A server run as a child process. Its output is written to a file. */
final class Child {
  private static final Duration READY_LIMIT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(2);
  private static final Duration GRACE = Duration.ofSeconds(6);
  private static final int OUTPUT_LINES = 40;

  private final String name;
  private final Process process;
  private final Path output;
  private Duration startTime = Duration.ZERO;

  Child(String name, Process process, Path output) {
    this.name = name;
    this.process = process;
    this.output = output;
  }

  void readyAfter(Duration time) {
    startTime = time;
  }

  /** The time from its start to the first response. */
  Duration startTime() {
    return startTime;
  }

  ProcessTree tree() {
    return ProcessTree.of(process.toHandle());
  }

  /** Waits until it is {@code ready}. */
  void await(BooleanSupplier ready) {
    long deadline = System.nanoTime() + READY_LIMIT.toNanos();
    while (!ready.getAsBoolean()) {
      if (!process.isAlive()) {
        throw new BenchmarkFailed(account());
      }
      if (System.nanoTime() > deadline) {
        throw new BenchmarkFailed(
            name + " is not ready after " + READY_LIMIT.toSeconds() + " s\n" + account());
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /**
   * Whether {@code GET /health} returns 200.
   *
   * <p>Speaks HTTP over a plain socket: an HTTP client takes longer to warm up than some peers to
   * start.
   */
  static boolean isHealthy(int port, Optional<Tls> tls) {
    try (Socket socket =
        tls.isPresent()
            ? tls.get().connect(port)
            : new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(2_000);
      String request = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      byte[] start = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
      return new String(start, StandardCharsets.US_ASCII).equals("HTTP/1.1 200");
    } catch (IOException notYet) {
      return false;
    }
  }

  /** The state of the process and its last output, for diagnosis. */
  String account() {
    String state =
        process.isAlive() ? name + " runs" : name + " ended with status " + process.exitValue();
    List<String> lines = lastLines();
    return lines.isEmpty()
        ? state + " and said nothing"
        : state + "; its last words:\n  " + String.join("\n  ", lines);
  }

  private List<String> lastLines() {
    try {
      List<String> lines = Files.readAllLines(output);
      return lines.subList(Math.max(0, lines.size() - OUTPUT_LINES), lines.size());
    } catch (IOException e) {
      return List.of("its output cannot be read: " + e.getMessage());
    }
  }

  /** Terminates the process and its children, forcibly if they do not exit. */
  void stop() {
    List<ProcessHandle> all =
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    all.forEach(ProcessHandle::destroy);
    try {
      process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }
}
