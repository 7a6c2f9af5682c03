package io.donna.gateway.kit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * A WebSocket of the tests' own over a plain socket: blocking, strict in nothing, able to write
 * what no client library would. Shares no code with what it tests.
 */
public class Wire implements AutoCloseable {
  static final int PATIENCE_MS = 10_000;
  private static final long PULSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final boolean masks;
  private final Random random = new Random(7);
  private boolean answersPings;
  private final AtomicBoolean silent = new AtomicBoolean();
  private Thread pulse = Thread.ofVirtual().unstarted(() -> {});

  Wire(Socket socket, boolean masks) throws IOException {
    this.socket = socket;
    this.masks = masks;
    socket.setSoTimeout(PATIENCE_MS);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = socket.getOutputStream();
  }

  /** Waits this long for what it reads from now on. */
  public void patience(Duration limit) {
    try {
      socket.setSoTimeout((int) limit.toMillis());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void send(String text) {
    send(0x81, text.getBytes(StandardCharsets.UTF_8));
  }

  public void sendBinary(byte[] payload) {
    send(0x82, payload);
  }

  /** Sends one frame with {@code first} as its first header byte. */
  public void send(int first, byte[] payload) {
    sendRaw(encode(first, payload));
  }

  public void sendClose(int code, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    send(0x88, ByteBuffer.allocate(2 + text.length).putShort((short) code).put(text).array());
  }

  public void sendRaw(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bytes of a frame, masked where this end must. */
  public byte[] encode(int first, byte[] payload) {
    ByteBuffer header = ByteBuffer.allocate(14);
    header.put((byte) first);
    int mask = masks ? 0x80 : 0;
    if (payload.length < 126) {
      header.put((byte) (mask | payload.length));
    } else if (payload.length < 65_536) {
      header.put((byte) (mask | 126)).putShort((short) payload.length);
    } else {
      header.put((byte) (mask | 127)).putLong(payload.length);
    }
    byte[] key = new byte[4];
    if (masks) {
      random.nextBytes(key);
      header.put(key);
    }
    int begin = header.position();
    byte[] frame = Arrays.copyOf(header.array(), begin + payload.length);
    for (int i = 0; i < payload.length; i++) {
      frame[begin + i] = (byte) (payload[i] ^ key[i % 4]);
    }
    return frame;
  }

  /** The next {@code length} bytes, or fewer where the other side ends before. */
  public byte[] readRaw(int length) throws IOException {
    return in.readNBytes(length);
  }

  /** The next frame, whatever it is. */
  public Frame readFrame() throws IOException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    int first = in.readUnsignedByte();
    int second = in.readUnsignedByte();
    wire.write(first);
    wire.write(second);
    long length = second & 0x7F;
    if (length == 126) {
      length = in.readUnsignedShort();
      wire.write((int) length >> 8);
      wire.write((int) length);
    } else if (length == 127) {
      length = in.readLong();
      wire.writeBytes(ByteBuffer.allocate(8).putLong(length).array());
    }
    byte[] key = new byte[4];
    if ((second & 0x80) != 0) {
      in.readFully(key);
      wire.writeBytes(key);
    }
    byte[] payload = in.readNBytes((int) length);
    if (payload.length < length) {
      throw new EOFException("the connection ended inside a frame");
    }
    wire.writeBytes(payload);
    for (int i = 0; i < payload.length; i++) {
      payload[i] ^= key[i % 4];
    }
    return new Frame(first, payload, wire.toByteArray());
  }

  /** From now on {@link #read} answers the pings that it reads past. */
  public void answerPings() {
    answersPings = true;
  }

  /**
   * Sends a pong now and then until {@link #fallSilent} or the connection's end, so that the other
   * side hears from this one while the test waits elsewhere.
   */
  public void stayAlive() {
    pulse =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (!silent.get()) {
                  send(0x8A, new byte[0]);
                  LockSupport.parkNanos(PULSE_NANOS);
                }
              } catch (UncheckedIOException ended) {
                // There is nobody left to hear it.
              }
            });
  }

  /** Ends {@link #stayAlive}: nothing is sent afterwards but what the test sends. */
  public void fallSilent() {
    silent.set(true);
    LockSupport.unpark(pulse);
    try {
      pulse.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The next frame that is not a ping or pong. */
  public Frame read() {
    try {
      Frame frame = readFrame();
      while (frame.opcode() > 8) {
        if (answersPings && frame.opcode() == 9) {
          send(0x8A, frame.payload());
        }
        frame = readFrame();
      }
      return frame;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next message, which must be text in one frame. */
  public String readText() {
    Frame frame = read();
    if (!frame.isText()) {
      throw new AssertionError(
          "expected text, got opcode "
              + frame.opcode()
              + " "
              + frame.closeCode()
              + " "
              + frame.closeReason());
    }
    return frame.text();
  }

  /** Reads up to an event of this type, and returns it. */
  public String readUntil(String type) {
    String text = readText();
    while (!text.contains("\"type\":\"" + type + "\"")) {
      text = readText();
    }
    return text;
  }

  /** Reads up to the close frame, past whatever comes before it. */
  public Frame readClose() {
    Frame frame = read();
    while (!frame.isClose()) {
      frame = read();
    }
    return frame;
  }

  /** Whether the other side ends the connection, whatever it still sends before. */
  public boolean reachesEnd() {
    try {
      while (in.read() >= 0) {}
      return true;
    } catch (SocketTimeoutException stillOpen) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  DataInputStream in() {
    return in;
  }

  public Socket socket() {
    return socket;
  }

  /** Closes the connection without a close frame. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the connection with a TCP reset. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Reads a head: the lines up to the empty one. */
  String readHead() throws IOException {
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int octet = in.read();
      if (octet < 0) {
        throw new EOFException("the connection ended inside a head: " + head);
      }
      head.append((char) octet);
    }
    return head.toString();
  }
}
