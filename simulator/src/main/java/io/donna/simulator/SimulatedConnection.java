package io.donna.simulator;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.Promise;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection as a test sees it: records what it receives, and can send beside the session.
 * Thread-safe. A wait that exceeds its limit fails and reports what was received.
 */
public final class SimulatedConnection {
  /** The code that stands for a close frame without one (RFC 6455, 7.1.5). */
  private static final int NO_CODE = 1005;

  private final Channel channel;
  private final HttpHeaders requestHeaders;
  private final String requestUri;
  private final boolean recording;
  private final Promise<@Nullable Void> opened;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<String> received = new ArrayList<>();
  private Optional<Integer> closeCode = Optional.empty();

  /**
   * @param recording whether to keep messages; a long run does not need them
   */
  SimulatedConnection(
      Channel channel, HttpHeaders requestHeaders, String requestUri, boolean recording) {
    this.channel = channel;
    this.requestHeaders = requestHeaders;
    this.requestUri = requestUri;
    this.recording = recording;
    this.opened = channel.eventLoop().newPromise();
    channel.closeFuture().addListener(_ -> gone());
  }

  /** The headers of the upgrade request. */
  public HttpHeaders requestHeaders() {
    return requestHeaders;
  }

  /** The path and query of the upgrade request, as received. */
  public String requestUri() {
    return requestUri;
  }

  /** The text messages received so far. */
  public List<String> received() {
    lock.lock();
    try {
      return List.copyOf(received);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until that many text messages have arrived in total, and returns all of them. */
  public List<String> awaitMessages(int count, Duration limit) {
    await(() -> received.size() >= count, limit, count + " messages");
    return received();
  }

  /** Waits until the connection has ended. */
  public void awaitClose(Duration limit) {
    await(() -> !channel.isOpen(), limit, "the end of the connection");
  }

  /** The peer's close code; 1005 if its close frame had none, empty if it sent no close frame. */
  public Optional<Integer> closeCode() {
    lock.lock();
    try {
      return closeCode;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the TCP connection is open. */
  public boolean isOpen() {
    return channel.isOpen();
  }

  /** Sends a text message in addition to the session's. */
  public void sendText(String message) {
    write(new TextWebSocketFrame(message));
  }

  public void sendBinary(byte[] message) {
    write(new BinaryWebSocketFrame(Unpooled.copiedBuffer(message)));
  }

  /** Sends a close frame. The connection ends when the peer has answered it. */
  public void close(int code, String reason) {
    write(new CloseWebSocketFrame(code, reason));
  }

  /** Resets the TCP connection. */
  public void drop() {
    Line.reset(channel);
  }

  /** Sends the messages queued before the WebSocket opened. */
  void opened() {
    opened.setSuccess(null);
  }

  void received(String message) {
    if (recording) {
      change(() -> received.add(message));
    }
  }

  void closedBy(int code) {
    change(() -> closeCode = Optional.of(code < 0 ? NO_CODE : code));
  }

  void gone() {
    change(() -> {});
  }

  private void write(WebSocketFrame frame) {
    // Until the upgrade completes there is no WebSocket to write to.
    opened.addListener(
        _ -> channel.writeAndFlush(frame).addListener(ChannelFutureListener.CLOSE_ON_FAILURE));
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void await(BooleanSupplier condition, Duration limit, String what) {
    long left = limit.toNanos();
    lock.lock();
    try {
      while (!condition.getAsBoolean()) {
        if (left <= 0) {
          throw new IllegalStateException(
              "No " + what + " within " + limit + "; received so far: " + received);
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for " + what, e);
    } finally {
      lock.unlock();
    }
  }
}
