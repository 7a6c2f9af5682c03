package io.donna.gateway.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.audit.FaultWords;
import io.donna.gateway.audit.UniqueLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The usage log, an append-only file of JSON lines. Safe from any thread; {@link #append} never
 * blocks on the disk. A thread of its own hands lines to the operating system at once, so that none
 * is lost when the process dies, and syncs them within a second, so that a power failure loses at
 * most a second's lines. After {@link #close} all are on disk.
 */
public final class UsageLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UsageLog.class);

  /** Records that may wait for a blocked disk: some 50 MB. */
  private static final int MAX_WAITING = 100_000;

  /** Lines in one write. */
  private static final int MAX_AT_ONCE = 500;

  private static final long SYNC_AFTER_MS = 1_000;
  private static final long RETRY_AFTER_MS = 1_000;
  private static final long CLOSE_TIMEOUT_MS = 5_000;

  private final Path file;
  private final BlockingQueue<UsageRecord> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
  private final ScheduledThreadPoolExecutor writer;

  // The fields below are confined to the writer thread.
  private final List<UsageRecord> batch = new ArrayList<>(MAX_AT_ONCE);
  private @Nullable FileChannel channel;
  private @Nullable Object openedFile;
  private boolean syncIsDue;
  private boolean failing;

  private UsageLog(Path file) {
    this.file = file;
    this.writer =
        new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().name("usage-log").daemon().unstarted(task));
    writer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Opens the log; creates the file if missing, readable by its owner and group.
   *
   * @throws IOException if it cannot be written
   */
  public static UsageLog open(Path file) throws IOException {
    UsageLog log = new UsageLog(file);
    log.openFile();
    return log;
  }

  public void append(UsageRecord usage) {
    if (!waiting.offer(usage)) {
      giveUp(usage);
      return;
    }
    try {
      writer.execute(this::writeWaiting);
    } catch (RejectedExecutionException closed) {
      waiting.remove(usage);
      giveUp(usage);
    }
  }

  /** Writes a line that could not be stored to the gateway's own log. */
  private static void giveUp(UsageRecord usage) {
    LOG.error(UniqueLine.MARKER, "line missing from the usage log: {}", UsageLine.of(usage));
  }

  /**
   * Writes and syncs all waiting records; those that cannot be written go to the gateway's log.
   * Waits for this at most 5 seconds.
   */
  @Override
  public void close() {
    if (!writer.isShutdown()) {
      writer.execute(this::finish);
      writer.shutdown();
      try {
        if (!writer.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
          LOG.error("the disk of the usage log does not respond; its last lines may be missing");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void finish() {
    writeWaiting();
    sync();
    closeFile();
    waiting.drainTo(batch);
    batch.forEach(UsageLog::giveUp);
  }

  private void writeWaiting() {
    try {
      while (!batch.isEmpty() || waiting.drainTo(batch, MAX_AT_ONCE) > 0) {
        writeBatch();
        batch.clear();
        failing = false;
      }
    } catch (IOException e) {
      onFailed(e);
    }
  }

  private void writeBatch() throws IOException {
    if (failing || wasRotated()) {
      closeFile();
    }
    FileChannel out = channel == null ? openFile() : channel;
    StringBuilder lines = new StringBuilder();
    batch.forEach(usage -> lines.append(UsageLine.of(usage)).append('\n'));
    write(out, lines.toString());
    if (!syncIsDue && !writer.isShutdown()) {
      syncIsDue = true;
      writer.schedule(this::sync, SYNC_AFTER_MS, TimeUnit.MILLISECONDS);
    }
  }

  private static void write(FileChannel out, String text) throws IOException {
    for (ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8)); bytes.hasRemaining(); ) {
      out.write(bytes);
    }
  }

  private void onFailed(IOException why) {
    if (!failing) {
      LOG.error("cannot write the usage log, retrying every second: {}", FaultWords.of(why));
    }
    failing = true;
    if (!writer.isShutdown()) {
      writer.schedule(this::writeWaiting, RETRY_AFTER_MS, TimeUnit.MILLISECONDS);
    }
  }

  private void sync() {
    syncIsDue = false;
    try {
      if (channel != null) {
        channel.force(false);
      }
    } catch (IOException e) {
      LOG.error("cannot sync the usage log to disk: {}", FaultWords.of(e));
    }
  }

  private FileChannel openFile() throws IOException {
    FileChannel opened =
        FileChannel.open(
            file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND), permissions());
    channel = opened;
    openedFile = keyOf(file);
    if (endsInsideALine()) {
      write(opened, "\n");
    }
    return opened;
  }

  private FileAttribute<?>[] permissions() {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"))
        }
        : new FileAttribute<?>[0];
  }

  /** Whether the last line is not terminated, as after a crash or a full disk. */
  private boolean endsInsideALine() throws IOException {
    try (FileChannel in = FileChannel.open(file)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      return in.size() > 0 && in.read(last, in.size() - 1) == 1 && last.get(0) != '\n';
    }
  }

  /** Whether the file was moved or removed, so that a new one must be opened. */
  private boolean wasRotated() throws IOException {
    try {
      return channel != null && !keyOf(file).equals(openedFile);
    } catch (NoSuchFileException moved) {
      return true;
    }
  }

  private static Object keyOf(Path file) throws IOException {
    Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    return key == null
        ? file
        : key; // Windows has none, and does not allow an open file to be moved
  }

  private void closeFile() {
    if (channel == null) {
      return;
    }
    sync();
    try {
      channel.close();
    } catch (IOException e) {
      LOG.warn("cannot close the usage log: {}", FaultWords.of(e));
    }
    channel = null;
  }
}
