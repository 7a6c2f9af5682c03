package io.donna.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A server run as a child process, its output kept in a file until somebody asks. */
final class Child {
  private static final Duration READY_LIMIT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration GRACE = Duration.ofSeconds(6);
  private static final int OUTPUT_LINES = 40;

  private final String name;
  private final Process process;
  private final Path output;

  Child(String name, Process process, Path output) {
    this.name = name;
    this.process = process;
    this.output = output;
  }

  ProcessTree tree() {
    return ProcessTree.of(process.toHandle());
  }

  void awaitHealthy(int port) {
    URI health = URI.create("http://127.0.0.1:" + port + "/health");
    HttpRequest request = HttpRequest.newBuilder(health).timeout(Duration.ofSeconds(2)).build();
    long deadline = System.nanoTime() + READY_LIMIT.toNanos();
    try (HttpClient http = HttpClient.newHttpClient()) {
      while (!answers(http, request)) {
        if (!process.isAlive()) {
          throw new BenchmarkFailed(account());
        }
        if (System.nanoTime() > deadline) {
          throw new BenchmarkFailed(
              name + " is not ready after " + READY_LIMIT.toSeconds() + " s\n" + account());
        }
        Thread.sleep(POLL);
      }
    } catch (InterruptedException e) {
      throw new BenchmarkFailed("interrupted", e);
    }
  }

  /** Whether it still runs and what it said last, for the person who has to find out why. */
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

  /** Asks the process and its children to end, then makes them. */
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

  private static boolean answers(HttpClient http, HttpRequest health) throws InterruptedException {
    try {
      return http.send(health, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }
}
