package io.donna.gateway.edge;

import io.donna.gateway.websocket.OutputShutdown;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection on which requests arrive: puts each together within limits of size, and closes the
 * connection at a deadline. How requests are answered is the subclass's. Confined to the channel's
 * event loop.
 */
public abstract class RequestConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(RequestConnection.class);

  /** How long a client may take to close its side after the last answer. */
  protected static final Duration LINGER = Duration.ofSeconds(2);

  /** nginx's limit of requests per connection. */
  protected static final int REQUESTS_A_CONNECTION = 1_000;

  private final PendingConnections pending;
  private final PreUpgradeMemoryHandler arrivedBytes;
  private final RequestDecoder decoder;
  private final int maxBodyBytes;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);
  private @Nullable HttpRequest request;
  private @Nullable ScheduledFuture<?> deadline;
  private int bodyBytes;

  /** The last answer has been sent; further input is discarded. */
  private boolean finished;

  /**
   * @param pending of which the connection is one until it is told to leave, or removed
   * @param arrivedBytes counts the bytes received and not yet consumed
   * @param decoder precedes this handler in the pipeline
   * @param maxBodyBytes the limit of a body, kept or not
   */
  protected RequestConnection(
      PendingConnections pending,
      PreUpgradeMemoryHandler arrivedBytes,
      RequestDecoder decoder,
      int maxBodyBytes) {
    this.pending = pending;
    this.arrivedBytes = arrivedBytes;
    this.decoder = decoder;
    this.maxBodyBytes = maxBodyBytes;
  }

  /** Whether the body of a request is read; otherwise it is discarded. */
  protected abstract boolean takesBody(HttpRequest begun);

  /** Handles a request that has arrived in full. */
  protected abstract void onRequest(ChannelHandlerContext context, Request whole);

  /** Sends a last answer: what follows on the connection cannot be trusted. */
  protected abstract void refuse(
      ChannelHandlerContext context, HttpResponseStatus status, String words);

  /** Closes the connection after {@code time}, unless it is armed again or disarmed before. */
  protected final void armDeadline(ChannelHandlerContext context, Duration time) {
    disarm();
    deadline =
        context.executor().schedule(() -> context.close(), time.toMillis(), TimeUnit.MILLISECONDS);
  }

  protected final void disarm() {
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  protected final boolean isFinished() {
    return finished;
  }

  /** The bytes of the request's body, whether they were kept or not. */
  protected final int bodyBytes() {
    return bodyBytes;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object read) {
    try {
      if (finished) {
        return;
      }
      if (read instanceof HttpObject part && part.decoderResult().isFailure()) {
        request = null;
        RequestDecoder.Refusal refusal = RequestDecoder.refusal(part.decoderResult().cause());
        refuse(context, refusal.status(), refusal.words());
        return;
      }
      if (read instanceof HttpRequest begun) {
        request = begun;
        bodyBytes = 0;
        body.reset();
      }
      if (read instanceof HttpContent content && request != null) {
        onContent(context, request, content);
      }
    } finally {
      ReferenceCountUtil.release(read);
    }
  }

  private void onContent(ChannelHandlerContext context, HttpRequest begun, HttpContent content) {
    bodyBytes += content.content().readableBytes();
    if (bodyBytes > maxBodyBytes) {
      request = null;
      refuse(context, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "Body too large");
      return;
    }
    if (takesBody(begun)) {
      body.writeBytes(ByteBufUtil.getBytes(content.content()));
    }
    // A chunk of one byte may have kilobytes of extensions, which are not kept.
    arrivedBytes.settleAtMost(RequestDecoder.MAX_HEAD_BYTES + body.size() + decoder.heldBytes());
    if (content instanceof LastHttpContent) {
      request = null;
      arrivedBytes.settle(decoder.heldBytes());
      onRequest(context, Request.of(begun, ByteBuffer.wrap(body.toByteArray()), context.channel()));
    }
  }

  /** From now on input is discarded, though it is read. */
  protected final void stopListening(ChannelHandlerContext context) {
    finished = true;
    decoder.stop();
    arrivedBytes.settle(0);
    context.channel().config().setAutoRead(true);
  }

  /**
   * Half-closes the connection after the answer, and discards input until the client closes its
   * side or the deadline passes: closing with unread bytes would make TCP reset the connection, and
   * the answer could be lost.
   *
   * @param time the deadline from now
   * @return completes when the answer has been sent
   */
  protected final ChannelFuture finish(
      ChannelHandlerContext context, FullHttpResponse response, Duration time) {
    stopListening(context);
    armDeadline(context, time);
    return context
        .writeAndFlush(response)
        .addListener(sent -> OutputShutdown.of(context.channel()));
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    pending.leave(context.channel());
    disarm();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // TLS errors are wrapped in a DecoderException.
    if (!(cause instanceof IOException || cause.getCause() instanceof IOException)) {
      LOG.error("closing a connection after an internal error", cause);
    }
    context.close();
  }
}
