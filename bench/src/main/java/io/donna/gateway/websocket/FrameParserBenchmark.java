package io.donna.gateway.websocket;

import io.donna.gateway.event.EventScanner;
import io.donna.gateway.event.StrictScanner;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the processing of a client's message, from its first byte to the forwarded slice:
 * header, mask, and inspection of the text. In the parser's package for access.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class FrameParserBenchmark {
  /** The text of a message: speech, JSON throughout, and words in non-ASCII letters. */
  public enum Text {
    VOICE("{\"type\":\"input_audio_buffer.append\",\"audio\":\"", "UklGRiQA", "\"}"),
    JSON("{\"type\":\"conversation.item.create\",\"item\":[", "{\"a\":1},", "0]}"),
    GREEK("{\"type\":\"conversation.item.create\",\"text\":\"", "αβγδ", "\"}");

    private final String start;
    private final String filling;
    private final String end;

    Text(String start, String filling, String end) {
      this.start = start;
      this.filling = filling;
      this.end = end;
    }

    byte[] ofBytes(int size) {
      int room = size - start.length() - end.length();
      int each = filling.getBytes(StandardCharsets.UTF_8).length;
      return (start + filling.repeat(Math.max(1, room / each)) + end)
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  /** The inspector of the text. */
  public enum Reader {
    UTF8,
    SCANNER,
    STRICT_SCANNER
  }

  @Param({"200", "6400"})
  private int size;

  @Param private Text text = Text.VOICE;

  @Param private Reader reader = Reader.UTF8;

  private ByteBuf wire = Unpooled.EMPTY_BUFFER;
  private FrameParser parser = new FrameParser(Role.SERVER, 1 << 20, new Utf8Inspector());
  private final Message message = new Message();

  @Setup
  public void prepare() {
    byte[] payload = text.ofBytes(size);
    int mask = 0x1B2D3F41;
    wire = PooledByteBufAllocator.DEFAULT.directBuffer(payload.length + 8);
    wire.writeByte(0x81);
    if (payload.length < 126) {
      wire.writeByte(0x80 | payload.length);
    } else {
      wire.writeByte(0x80 | 126).writeShort(payload.length);
    }
    wire.writeInt(mask);
    int at = wire.writerIndex();
    wire.writeBytes(payload);
    Masks.apply(wire, at, wire.writerIndex(), mask);
    PayloadInspector inspector =
        switch (reader) {
          case UTF8 -> new Utf8Inspector();
          case SCANNER -> new EventScanner();
          case STRICT_SCANNER -> new StrictScanner();
        };
    parser = new FrameParser(Role.SERVER, 1 << 20, inspector);
  }

  @TearDown
  public void release() {
    wire.release();
  }

  /** Returns the length of the slice, so that the JIT compiler cannot eliminate the work. */
  @Benchmark
  public int parse() {
    wire.readerIndex(0);
    FrameParser.Step step = parser.parse(wire);
    if (step != FrameParser.Step.FRAME) {
      throw new IllegalStateException("the frame was not found: " + step);
    }
    ByteBuf slice = message.pointAt(wire, 0, parser.frameLength(), parser.isText()).retainedWire();
    int length = slice.readableBytes();
    slice.release();
    parser.skip(wire);
    return length;
  }
}
