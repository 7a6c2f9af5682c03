package io.donna.gateway.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;

/**
 * Reads a stream line by line, with memory for one line of bounded length. Confined to one thread.
 */
final class BoundedLines {
  /** The longest line that is returned, in bytes: a hundred times a line of the usage log. */
  static final int LONGEST = 256 * 1024;

  /**
   * The longest line that is skipped, such as a hole that a crash left. Beyond it, reading fails.
   */
  static final long LONGEST_PASSED_OVER = 64L << 20;

  private final InputStream in;
  private final byte[] read = new byte[1 << 16];
  private final byte[] line = new byte[LONGEST];
  private int at;
  private int end;
  private long length;

  BoundedLines(InputStream in) {
    this.in = in;
  }

  /**
   * Goes to the next line; the last need not be terminated.
   *
   * @return false if there is none
   * @throws IOException if the stream cannot be read, or a line exceeds 64 MiB
   */
  boolean next() throws IOException {
    length = 0;
    boolean any = false;
    while (at < end || fill()) {
      any = true;
      int begin = at;
      while (at < end && read[at] != '\n') {
        at++;
      }
      keep(begin, at - begin);
      if (at < end) {
        at++;
        return true;
      }
    }
    return any;
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(read));
    return end > 0;
  }

  private void keep(int begin, int bytes) throws IOException {
    if (length + bytes <= LONGEST) {
      System.arraycopy(read, begin, line, (int) length, bytes);
    }
    length += bytes;
    if (length > LONGEST_PASSED_OVER) {
      throw new IOException("a line does not end in 64 MiB");
    }
  }

  boolean isTooLong() {
    return length > LONGEST;
  }

  /** The line without its terminator; only if it is not too long. */
  String text() {
    return new String(line, 0, (int) length, UTF_8);
  }
}
