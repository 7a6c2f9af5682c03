package io.donna.gateway.cli.talk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes audio ({@link Pcm}) to a WAV file. The header is updated after every part, so that an
 * interrupted conversation leaves a valid file.
 */
public final class WavWriter implements Closeable {
  private static final int HEADER_BYTES = 44;

  private final FileChannel file;
  private long bytes;

  private WavWriter(FileChannel file) {
    this.file = file;
  }

  /** Creates or truncates the file. */
  public static WavWriter open(Path path) throws TalkFailure {
    try {
      WavWriter writer =
          new WavWriter(
              FileChannel.open(
                  path,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.TRUNCATE_EXISTING));
      writer.writeHeader();
      return writer;
    } catch (IOException e) {
      throw TalkFailure.ofFile(path, "written", e);
    }
  }

  void append(byte[] pcm) throws IOException {
    writeAt(HEADER_BYTES + bytes, ByteBuffer.wrap(pcm));
    bytes += pcm.length;
    writeHeader();
  }

  private void writeHeader() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.put(ascii("RIFF")).putInt((int) (HEADER_BYTES - 8 + bytes)).put(ascii("WAVE"));
    header.put(ascii("fmt ")).putInt(16).putShort((short) 1).putShort((short) 1);
    header.putInt(Pcm.RATE).putInt(Pcm.BYTES_PER_SECOND);
    header.putShort((short) Pcm.SAMPLE_BYTES).putShort((short) (8 * Pcm.SAMPLE_BYTES));
    header.put(ascii("data")).putInt((int) bytes);
    writeAt(0, header.flip());
  }

  private void writeAt(long position, ByteBuffer part) throws IOException {
    long at = position;
    while (part.hasRemaining()) {
      at += file.write(part, at);
    }
  }

  private static byte[] ascii(String letters) {
    return letters.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
