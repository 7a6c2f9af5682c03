package io.donna.gateway.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches one file, or several that belong together: polls them, reads them when they change, and
 * applies them once two consecutive reads are the same. Polling works where notification does not:
 * through symbolic links (how Kubernetes swaps secrets) and on network file systems.
 *
 * <p>No file content ends the watching. A file that cannot be read or used is retried until it can;
 * the error is logged when it first occurs and every minute after. Each watcher has its own
 * platform thread: virtual threads share a few carriers, which client load can occupy.
 */
public final class WatchedFile {
  /**
   * How often to poll, and how much to read.
   *
   * @param mostBytes the size limit of one file; a larger file cannot be used
   */
  public record Pace(Duration interval, int mostBytes) {}

  /**
   * What came of reading files on request.
   *
   * @param problem why they are not in force, completing a sentence that begins with the setting's
   *     name; empty if they are
   */
  public record Reload(String setting, List<Path> files, Optional<String> problem) {}

  static final Pace USUAL = new Pace(Duration.ofSeconds(1), BoundedFile.MOST_BYTES);

  private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);

  /** Two versions may be written within one tick of the file system's clock and look the same. */
  private static final long CLOCK_TICK = Duration.ofSeconds(2).toNanos();

  /** Rejected contents that have not changed are parsed again after this time. */
  private static final long RETRY = Duration.ofSeconds(5).toNanos();

  /** A file whose consecutive reads differ for this long is reported. */
  private static final long UNREST = Duration.ofSeconds(5).toNanos();

  private static final long REMINDER = Duration.ofMinutes(1).toNanos();

  private final String setting;
  private final List<Path> files;
  private final Pace pace;
  private final WatchedFiles.Reader reader;
  private final Clock clock;
  private final Thread thread;
  private final BlockingQueue<CompletableFuture<Reload>> reloads = new LinkedBlockingQueue<>();
  private volatile Optional<Instant> notReadSince = Optional.empty();
  private volatile Instant appliedAt;

  /** Of the contents that are in force; empty until they have been read for the first time. */
  private volatile byte[] hash = {};

  // The fields below are confined to the watching thread.
  private List<Object> stamps = List.of();
  private long stampsSince;
  private long nextRead;
  private long differsSince;
  private boolean current;
  private byte @Nullable [] inForce;
  private byte @Nullable [] lastSeen;
  private String complaint = "";
  private long complainedAt;

  WatchedFile(
      String setting, List<Path> files, Pace pace, WatchedFiles.Reader reader, Clock clock) {
    this.setting = setting;
    this.files = List.copyOf(files);
    this.pace = pace;
    this.reader = reader;
    this.clock = clock;
    this.appliedAt = clock.instant();
    this.thread = Thread.ofPlatform().daemon().name("watch " + setting).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  void close() {
    thread.interrupt();
  }

  String setting() {
    return setting;
  }

  Optional<Instant> notReadSince() {
    return notReadSince;
  }

  /** When the contents in force were read. */
  Instant appliedAt() {
    return appliedAt;
  }

  /** A hash of the contents in force without their private keys; not to be changed. */
  byte[] hash() {
    return hash;
  }

  /** Reads the files now, on the watching thread, and applies them if they can be used. */
  CompletableFuture<Reload> reload() {
    CompletableFuture<Reload> result = new CompletableFuture<>();
    reloads.add(result);
    return result;
  }

  Reload notYetReloaded() {
    return new Reload(setting, files, Optional.of("is still being read"));
  }

  private void run() {
    do {
      try {
        pollAndReport();
      } catch (Throwable noMemoryToComplain) {
        // The next poll may have enough memory.
      }
    } while (pause());
  }

  /** Waits for the next poll, reloading meanwhile on request; false once closed. */
  private boolean pause() {
    try {
      CompletableFuture<Reload> asked =
          reloads.poll(pace.interval().toNanos(), TimeUnit.NANOSECONDS);
      if (asked != null) {
        asked.complete(readNow());
      }
      return true;
    } catch (InterruptedException closed) {
      return false;
    }
  }

  /** Polls as if the files had changed, twice, as contents apply that two reads have found. */
  private Reload readNow() {
    stamps = List.of();
    current = false;
    for (int reads = 0; reads < 2 && !current; reads++) {
      nextRead = System.nanoTime();
      pollAndReport();
    }
    return new Reload(
        setting,
        files,
        notReadSince.isPresent() || !current
            ? Optional.of(complaint.isEmpty() ? "changes while it is read" : complaint)
            : Optional.empty());
  }

  /** Catches errors too: deep nesting overflows a parser's stack, and memory may be short. */
  private void pollAndReport() {
    try {
      poll();
    } catch (IOException unusable) {
      complain(String.valueOf(unusable.getMessage()), null);
    } catch (RuntimeException fault) {
      complain("cannot be read: internal error", fault);
    } catch (Error overflow) {
      complain("cannot be read: nested too deeply, or out of memory", null);
    }
  }

  private void poll() throws IOException {
    long now = System.nanoTime();
    // Stamps before contents: a write during the read is noticed at the next poll.
    List<Object> found = stamps();
    if (!found.equals(stamps)) {
      stamps = found;
      stampsSince = now;
      nextRead = now;
      current = false;
    }
    boolean mayHaveChanged = !current || now - stampsSince < CLOCK_TICK;
    if (!mayHaveChanged || now - nextRead < 0) {
      return;
    }
    List<byte[]> contents = new ArrayList<>();
    for (Path file : files) {
      contents.add(read(file));
    }
    byte[] digest = digest(contents);
    if (Arrays.equals(digest, inForce)) {
      settle();
    } else if (Arrays.equals(digest, lastSeen)) {
      differsSince = now;
      nextRead = now + RETRY;
      reader.take(contents);
      appliedAt = clock.instant();
      hash = new ConfigurationHash().addFiles(contents).bytes();
      inForce = digest;
      nextRead = now;
      settle();
    } else {
      differs(digest, contents, now);
    }
  }

  private byte[] read(Path file) throws IOException {
    try {
      return BoundedFile.read(file, pace.mostBytes());
    } catch (IOException unreadable) {
      throw new IOException(unreadable.getMessage() + ": " + file, unreadable);
    }
  }

  private void differs(byte[] digest, List<byte[]> contents, long now) throws IOException {
    boolean first = lastSeen == null || inForce != null;
    lastSeen = digest;
    // A glimpse may have changed the state in force.
    inForce = null;
    current = false;
    if (first) {
      differsSince = now;
    }
    reader.glimpse(contents);
    if (now - differsSince > UNREST) {
      throw new IOException("changes at every read: write a new file beside it and rename that");
    }
  }

  private void settle() {
    current = true;
    lastSeen = inForce;
    if (!complaint.isEmpty()) {
      complaint = "";
      LOG.info("{} recovered: the current file is in force", setting);
    }
    notReadSince = Optional.empty();
  }

  /** Logs why the file is not in force, with the stack trace of an internal error. */
  private void complain(String why, @Nullable Throwable internalError) {
    if (Thread.currentThread().isInterrupted()) {
      return; // closed: the interrupt made the read fail
    }
    if (notReadSince.isEmpty()) {
      notReadSince = Optional.of(clock.instant());
    }
    long now = System.nanoTime();
    if (!why.equals(complaint) || now - complainedAt > REMINDER) {
      complaint = why;
      complainedAt = now;
      LOG.atError()
          .setCause(internalError)
          .log("{} {}; the previous version stays in force", setting, why);
    }
  }

  private List<Object> stamps() {
    List<Object> found = new ArrayList<>();
    for (Path file : files) {
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        found.add(List.of(now.lastModifiedTime(), now.size(), Optional.ofNullable(now.fileKey())));
      } catch (IOException missing) {
        found.add("missing");
      }
    }
    return found;
  }

  /** Digests each content with its length, so that contents cannot run together. */
  private static byte[] digest(List<byte[]> contents) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] content : contents) {
        digest.update((content.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(content);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
