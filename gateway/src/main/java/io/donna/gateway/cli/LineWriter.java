package io.donna.gateway.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes the lines of a {@link LineBuffer} on a thread of its own, and at most once a second how
 * many were lost. A line that cannot be written, as on a full disk, is tried again each second and
 * then begins on a new line. Only this thread ever waits for the reader.
 */
final class LineWriter {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private static final byte[] LINE_BREAK = {'\n'};

  private final LineBuffer buffer;
  private final OutputStream out;
  private final Function<LineBuffer.Losses, byte[]> report;
  private final Thread thread;

  private long reportedAt = System.nanoTime() - SECOND;

  /** Whether the last write failed, possibly in the middle of a line. */
  private boolean torn;

  /**
   * A writer that has not started.
   *
   * @param out unbuffered
   * @param report formats a line about losses
   */
  LineWriter(LineBuffer buffer, OutputStream out, Function<LineBuffer.Losses, byte[]> report) {
    this.buffer = buffer;
    this.out = out;
    this.report = report;
    this.thread = Thread.ofPlatform().name("log").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Writes what is left, if that takes no longer than {@code patience}. */
  void stop(Duration patience) throws InterruptedException {
    buffer.close();
    thread.join(patience);
    thread.interrupt();
  }

  private void run() {
    try {
      while (!isDone()) {
        try {
          writeNext();
        } catch (OutOfMemoryError shortage) {
          // Peers cause it and it passes; without this thread, there would be no log any more.
          TimeUnit.NANOSECONDS.sleep(SECOND);
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isDone() {
    return buffer.isClosed() && buffer.isEmpty() && !buffer.hasLosses();
  }

  private void writeNext() throws InterruptedException {
    long wait = reportedAt + SECOND - System.nanoTime();
    if (buffer.hasLosses() && (wait <= 0 || buffer.isClosed())) {
      write(report.apply(buffer.takeLosses()));
      reportedAt = System.nanoTime();
      return;
    }
    // Losses are looked for before each line, and at least once a second.
    LineBuffer.@Nullable Line line = buffer.take(wait > 0 ? wait : SECOND);
    if (line != null) {
      write(line.text());
    }
  }

  private void write(byte[] line) throws InterruptedException {
    while (true) {
      try {
        if (torn) {
          out.write(LINE_BREAK);
        }
        torn = true;
        out.write(line);
        torn = false;
        return;
      } catch (IOException unwritten) {
        // There is no other place to report it; lines that come meanwhile are counted.
        TimeUnit.NANOSECONDS.sleep(SECOND);
      }
    }
  }
}
