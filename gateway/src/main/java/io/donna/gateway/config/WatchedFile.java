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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows one file, or several that belong together: looks at them, reads them when they changed,
 * and puts them into force once two looks in a row have found the same. Polling works where
 * notification does not: through symbolic links (how Kubernetes swaps secrets) and on network file
 * systems.
 *
 * <p>Nothing that is in a file ends the watching. What cannot be read or used is tried again until
 * it can be, and is complained about when that begins and every minute after. Each has a platform
 * thread of its own: virtual threads are carried by a few, which the load of clients can occupy.
 */
public final class WatchedFile {
  /**
   * How often to look, and how much to read.
   *
   * @param mostBytes of one file; a larger one cannot be used
   */
  public record Pace(Duration interval, int mostBytes) {}

  static final Pace USUAL = new Pace(Duration.ofSeconds(1), BoundedFile.MOST_BYTES);

  private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);

  /** Two versions may be written within one tick of the file system's clock. */
  private static final long CLOCK_TICK = Duration.ofSeconds(2).toNanos();

  /** Contents that were refused and have not changed since are parsed again after this time. */
  private static final long RETRY = Duration.ofSeconds(5).toNanos();

  /** A file in which no two looks in a row agree for this long is complained about. */
  private static final long UNREST = Duration.ofSeconds(5).toNanos();

  private static final long REMINDER = Duration.ofMinutes(1).toNanos();

  private final String setting;
  private final List<Path> files;
  private final Pace pace;
  private final WatchedFiles.Reader reader;
  private final Clock clock;
  private final Thread thread;
  private volatile Optional<Instant> notReadSince = Optional.empty();

  // From here on, the watching thread's own.
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

  private void run() {
    do {
      try {
        lookAndReport();
      } catch (Throwable noMemoryToComplain) {
        // The next look may have some.
      }
    } while (pause());
  }

  /** Whether to look again. */
  private boolean pause() {
    try {
      Thread.sleep(pace.interval());
      return true;
    } catch (InterruptedException closed) {
      return false;
    }
  }

  /** Catches errors too: deep nesting overflows a parser's stack, and a reader may lack memory. */
  private void lookAndReport() {
    try {
      look();
    } catch (IOException unusable) {
      complain(String.valueOf(unusable.getMessage()), null);
    } catch (RuntimeException fault) {
      complain("cannot be read: internal error", fault);
    } catch (Error overflow) {
      complain("cannot be read: nested too deeply, or out of memory", null);
    }
  }

  private void look() throws IOException {
    long now = System.nanoTime();
    // Stamps first: what is written while it is read is seen at the next look.
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
    // A glimpse may have changed what is in force.
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

  /** Says why the file is not in force, with the stack where the fault is {@code ours}. */
  private void complain(String why, @Nullable Throwable ours) {
    if (Thread.currentThread().isInterrupted()) {
      return; // the read that failed was ours to end
    }
    if (notReadSince.isEmpty()) {
      notReadSince = Optional.of(clock.instant());
    }
    long now = System.nanoTime();
    if (!why.equals(complaint) || now - complainedAt > REMINDER) {
      complaint = why;
      complainedAt = now;
      LOG.atError().setCause(ours).log("{} {}; the previous version stays in force", setting, why);
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

  /** Of each content with its length, so that none runs into the next. */
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
