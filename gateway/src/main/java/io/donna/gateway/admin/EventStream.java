package io.donna.gateway.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * One subscriber of server-sent events (HTML, 9.2). What it does not take in time is counted and
 * left out, and it is told how many: no subscriber makes the gateway hold more than {@value
 * #MOST_BYTES} bytes. Safe from any thread; never blocks.
 */
public final class EventStream {
  static final int MOST_BYTES = 1 << 20;

  private final Channel channel;
  private final BooleanSupplier allowed;
  private final AtomicLong waiting = new AtomicLong();
  private final AtomicInteger lost = new AtomicInteger();

  /**
   * @param allowed whether the subscriber may still see events: its sign-in may have ended
   */
  EventStream(Channel channel, BooleanSupplier allowed) {
    this.channel = channel;
    this.allowed = allowed;
  }

  /**
   * Sends one event, or counts it as lost.
   *
   * @param type the event's name, of letters and underscores
   * @param json on one line
   */
  public void send(String type, String json) {
    int missed = lost.get();
    if (missed > 0 && hasRoom() && lost.compareAndSet(missed, 0)) {
      write(frame("lost", "{\"events\":" + missed + "}"));
    }
    if (!write(frame(type, json))) {
      lost.incrementAndGet();
    }
  }

  /** Keeps proxies from closing the connection; ends it if the subscriber's sign-in has ended. */
  void beat() {
    if (allowed.getAsBoolean()) {
      write(":\n\n");
    } else {
      channel.close();
    }
  }

  private static String frame(String type, String json) {
    return "event: " + type + "\ndata: " + json + "\n\n";
  }

  private boolean hasRoom() {
    return waiting.get() < MOST_BYTES / 2;
  }

  private boolean write(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (waiting.addAndGet(bytes.length) > MOST_BYTES) {
      waiting.addAndGet(-bytes.length);
      return false;
    }
    try {
      channel
          .eventLoop()
          .execute(() ->
              channel
                  .writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)))
                  .addListener(sent -> waiting.addAndGet(-bytes.length)));
    } catch (RejectedExecutionException stopped) {
      return false; // the gateway has stopped, and the subscriber's connection with it
    }
    return true;
  }

  boolean isOpen() {
    return channel.isActive();
  }

  /** Runs {@code listener} once the subscriber is gone. */
  void whenClosed(Runnable listener) {
    channel.closeFuture().addListener(closed -> listener.run());
  }

  void close() {
    channel.close();
  }
}
