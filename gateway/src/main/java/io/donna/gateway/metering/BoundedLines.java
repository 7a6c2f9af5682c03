package io.donna.gateway.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;

/** Lines of a stream, one after the other, of which none takes more memory than a line of ours. */
final class BoundedLines {
  /** The longest that is handed over: a hundred times what one of ours has. */
  static final int LONGEST = 256 * 1024;

  /**
   * As long a line is passed over, such as the hole that a crash left; then the rest is given up.
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
   * Goes to the next line; the last need not end.
   *
   * @return false where there is none
   * @throws IOException when the stream cannot be read, or a line does not end in 64 MiB
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

  /** The line, where it is not too long, without its end. */
  String text() {
    return new String(line, 0, (int) length, UTF_8);
  }
}
