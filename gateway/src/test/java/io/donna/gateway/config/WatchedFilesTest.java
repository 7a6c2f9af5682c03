package io.donna.gateway.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.CapturedLog;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class WatchedFilesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MOST = 1_000;

  /** Fast enough for a test, and slow enough for a test to write between two looks. */
  private static final WatchedFile.Pace PACE = new WatchedFile.Pace(Duration.ofMillis(100), MOST);

  private final List<String> taken = new CopyOnWriteArrayList<>();
  private final List<String> glimpsed = new CopyOnWriteArrayList<>();
  private final AtomicReference<Optional<String>> more = new AtomicReference<>(Optional.empty());
  private final AtomicReference<Optional<Throwable>> fault =
      new AtomicReference<>(Optional.empty());
  private final AtomicInteger faults = new AtomicInteger();

  @TempDir private Path folder;
  private Path file;

  private final WatchedFiles.Reader reader =
      new WatchedFiles.Reader() {
        @Override
        public void take(List<byte[]> contents) throws IOException {
          if (fault.get().isPresent()) {
            faults.incrementAndGet();
            switch (fault.get().get()) {
              case IOException unusable -> throw unusable;
              case Error error -> throw error;
              case Throwable other -> throw new IllegalStateException(other);
            }
          }
          taken.add(new String(contents.getFirst(), UTF_8));
        }

        @Override
        public void glimpse(List<byte[]> contents) {
          String seen = new String(contents.getFirst(), UTF_8);
          glimpsed.add(seen);
          more.get()
              .filter(whole -> seen.length() < whole.length())
              .ifPresent(whole -> write(whole.substring(0, seen.length() + 1)));
        }
      };

  private void write(String content) {
    try {
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void writeFile() throws IOException {
    file = Files.writeString(folder.resolve("settings"), "first");
  }

  private WatchedFiles watch() {
    return watch(Clock.systemUTC());
  }

  private WatchedFiles watch(Clock clock) {
    WatchedFiles watched = new WatchedFiles(clock);
    watched.watch("SOME_FILE", file, PACE, reader);
    return watched;
  }

  private void awaitTaken(String content) {
    await().atMost(PATIENCE).until(() -> !taken.isEmpty() && taken.getLast().equals(content));
  }

  private static boolean isOk(WatchedFiles watched) {
    return watched.notReadSince().equals(Map.of("SOME_FILE", Optional.empty()));
  }

  @Test
  void takesWhatTwoLooksFindAndNothingThatOneDoes() throws IOException {
    try (WatchedFiles watched = watch()) {
      awaitTaken("first");
      // A writer who is at it: whenever somebody has looked, there is more of the file.
      more.set(Optional.of("whole"));
      Files.writeString(file, "w");

      awaitTaken("whole");
      assertThat(glimpsed).containsSubsequence("w", "wh", "who", "whol", "whole");
      assertThat(taken).containsExactly("first", "whole");
      assertThat(isOk(watched)).isTrue();
    }
  }

  @Test
  void takesAVersionWithTheSameTimeAndLength() throws IOException {
    try (WatchedFiles watched = watch()) {
      awaitTaken("first");
      FileTime time = Files.getLastModifiedTime(file);
      Files.writeString(file, "other");
      Files.setLastModifiedTime(file, time);

      awaitTaken("other");
      assertThat(isOk(watched)).isTrue();
    }
  }

  @Test
  void takesAgainWhatItWasBeforeAGlimpseOfSomethingElse() throws IOException {
    try (WatchedFiles watched = watch()) {
      awaitTaken("first");
      more.set(Optional.of("first"));
      Files.writeString(file, "firs");

      // A glimpse may have had its effect: the old content is taken anew.
      await().atMost(PATIENCE).until(() -> taken.size() >= 2 && taken.getLast().equals("first"));
      assertThat(isOk(watched)).isTrue();
    }
  }

  @Test
  void survivesErrorsAndTriesAgainUntilItHasReadWhatIsThere() throws IOException {
    try (CapturedLog log = new CapturedLog();
        WatchedFiles watched = watch()) {
      awaitTaken("first");
      List<Throwable> hostile =
          List.of(
              new StackOverflowError(),
              new OutOfMemoryError("Java heap space"),
              new IllegalStateException("a bug"),
              new IOException("is malformed"));
      for (Throwable thrown : hostile) {
        int before = faults.get();
        fault.set(Optional.of(thrown));
        Files.writeString(file, "new " + thrown);
        await().atMost(PATIENCE).until(() -> faults.get() > before && !isOk(watched));
      }
      // A fault is logged just after it is counted.
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(log.lines())
                  .anyMatch(
                      line -> line.startsWith("ERROR SOME_FILE cannot be read: nested too deeply"))
                  .anyMatch(line -> line.startsWith("ERROR SOME_FILE is malformed; the previous")));

      // The file itself stays as it is, as after a chmod.
      fault.set(Optional.empty());
      awaitTaken("new java.io.IOException: is malformed");
      await().atMost(PATIENCE).until(() -> isOk(watched));
    }
  }

  @Test
  void saysSinceWhenItCouldNotReadAFileThatIsGoneOrTooLargeOrNoFile() throws IOException {
    Clock noon = Clock.fixed(Instant.parse("2026-03-01T12:00:00Z"), ZoneOffset.UTC);
    try (WatchedFiles watched = watch(noon)) {
      awaitTaken("first");
      List<Hostile> all =
          List.of(
              () -> Files.delete(file),
              () -> sparse(file, 150L << 20),
              () -> sparse(file, 1L << 40),
              () -> Files.writeString(file, "x".repeat(MOST + 1)),
              () -> {
                Files.delete(file);
                Files.createDirectory(file);
              });
      for (Hostile hostile : all) {
        hostile.happen();
        await().atMost(PATIENCE).until(() -> !isOk(watched));
        assertThat(watched.notReadSince()).containsEntry("SOME_FILE", Optional.of(noon.instant()));
        Files.deleteIfExists(file);
        String next = "after " + taken.size();
        Files.writeString(file, next);
        awaitTaken(next);
        await().atMost(PATIENCE).until(() -> isOk(watched));
      }
    }
  }

  @FunctionalInterface
  private interface Hostile {
    void happen() throws IOException;
  }

  private static void sparse(Path file, long length) throws IOException {
    try (RandomAccessFile hole = new RandomAccessFile(file.toFile(), "rw")) {
      hole.setLength(length);
    }
  }

  @Test
  void complainsOfAFileThatNeverRests() throws Exception {
    try (CapturedLog log = new CapturedLog();
        WatchedFiles watched = watch()) {
      awaitTaken("first");
      for (int i = 0; isOk(watched); i++) {
        Files.writeString(file, "version " + i);
        Thread.sleep(20);
      }
      await()
          .atMost(PATIENCE)
          .until(
              () -> log.lines().stream().anyMatch(line -> line.contains("changes at every read")));
      Files.writeString(file, "last");
      awaitTaken("last");
      await().atMost(PATIENCE).until(() -> isOk(watched));
    }
  }

  @Test
  void takesFilesThatBelongTogetherTogether() throws IOException {
    Path other = Files.writeString(folder.resolve("other"), "2");
    List<List<String>> pairs = new CopyOnWriteArrayList<>();
    try (WatchedFiles watched = new WatchedFiles(Clock.systemUTC())) {
      watched.watch(
          "PAIR",
          List.of(file, other),
          contents -> {
            List<String> pair = new ArrayList<>();
            contents.forEach(content -> pair.add(new String(content, UTF_8)));
            pairs.add(pair);
          });
      await().atMost(PATIENCE).until(() -> pairs.contains(List.of("first", "2")));
      Files.writeString(other, "3");

      await().atMost(PATIENCE).until(() -> pairs.contains(List.of("first", "3")));
    }
  }

  @Test
  void watchesOnAThreadThatNoVirtualThreadCanHoldUp() {
    Thread watching;
    try (WatchedFiles watched = watch()) {
      assertThat(watched.notReadSince()).containsOnlyKeys("SOME_FILE");
      awaitTaken("first");
      watching =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().equals("watch SOME_FILE"))
              .findFirst()
              .orElseThrow();

      assertThat(watching.isVirtual()).isFalse();
      assertThat(watching.isDaemon()).isTrue();
    }
    await().atMost(PATIENCE).until(() -> !watching.isAlive());
  }
}
