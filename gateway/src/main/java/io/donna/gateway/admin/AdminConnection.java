package io.donna.gateway.admin;

import io.donna.gateway.edge.PendingConnections;
import io.donna.gateway.edge.PreUpgradeMemoryHandler;
import io.donna.gateway.edge.Request;
import io.donna.gateway.edge.RequestDecoder;
import io.donna.gateway.websocket.OutputShutdown;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to the admin port: one request at a time, each complete within a time limit. What
 * follows a request waits until it is answered, which happens on a virtual thread. Confined to the
 * channel's event loop.
 */
final class AdminConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(AdminConnection.class);

  private static final String EVENT_STREAM = "text/event-stream; charset=utf-8";

  static final int MAX_BODY_BYTES = 64 * 1024;

  /** The same limit as on the public port. */
  private static final int REQUESTS_A_CONNECTION = 1_000;

  /** How long a handler and a client that reads its answer may take. */
  private static final Duration ANSWER_TIME = Duration.ofSeconds(30);

  /** How long a client may take to receive the last answer. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private final Function<Request, AdminResponse> routes;
  private final LiveFeed feed;
  private final Executor handlers;
  private final PendingConnections pending;
  private final Duration requestTimeout;
  private final PreUpgradeMemoryHandler arrivedBytes;
  private final RequestDecoder decoder;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);
  private @Nullable HttpRequest request;
  private @Nullable ScheduledFuture<?> deadline;
  private int answered;

  /** The last answer has been sent; further input is discarded. */
  private boolean finished;

  /**
   * @param routes called by {@code handlers}
   * @param feed of those that ask for events
   * @param handlers runs what may block
   * @param arrivedBytes counts the bytes received and not yet consumed
   * @param decoder precedes this handler in the pipeline
   */
  AdminConnection(
      Function<Request, AdminResponse> routes,
      LiveFeed feed,
      Executor handlers,
      PendingConnections pending,
      Duration requestTimeout,
      PreUpgradeMemoryHandler arrivedBytes,
      RequestDecoder decoder) {
    this.routes = routes;
    this.feed = feed;
    this.handlers = handlers;
    this.pending = pending;
    this.requestTimeout = requestTimeout;
    this.arrivedBytes = arrivedBytes;
    this.decoder = decoder;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    pending.enter(
        context.channel(), ((InetSocketAddress) context.channel().remoteAddress()).getAddress());
    armDeadline(context, requestTimeout);
  }

  private void armDeadline(ChannelHandlerContext context, Duration time) {
    disarm();
    deadline =
        context.executor().schedule(() -> context.close(), time.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void disarm() {
    if (deadline != null) {
      deadline.cancel(false);
    }
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
        sendLast(context, AdminResponse.problem(refusal.status(), refusal.words()));
        return;
      }
      if (read instanceof HttpRequest begun) {
        request = begun;
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
    if (body.size() + content.content().readableBytes() > MAX_BODY_BYTES) {
      request = null;
      sendLast(
          context,
          AdminResponse.problem(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "Body too large"));
      return;
    }
    body.writeBytes(ByteBufUtil.getBytes(content.content()));
    // A chunk of one byte may have kilobytes of extensions, which are not kept.
    arrivedBytes.settleAtMost(RequestDecoder.MAX_HEAD_BYTES + body.size() + decoder.heldBytes());
    if (content instanceof LastHttpContent) {
      request = null;
      Request whole = Request.of(begun, ByteBuffer.wrap(body.toByteArray()), context.channel());
      onRequest(context, whole);
    }
  }

  private void onRequest(ChannelHandlerContext context, Request whole) {
    decoder.pause();
    context.channel().config().setAutoRead(false);
    armDeadline(context, ANSWER_TIME);
    arrivedBytes.settle(decoder.heldBytes());
    try {
      handlers.execute(() -> {
        AdminResponse answer = routes.apply(whole);
        context.executor().execute(() -> send(context, whole, answer));
      });
    } catch (RejectedExecutionException stopping) {
      context.close();
    }
  }

  private void send(ChannelHandlerContext context, Request to, AdminResponse answer) {
    if (context.isRemoved() || finished) {
      return;
    }
    switch (answer) {
      case AdminResponse.Whole whole -> send(context, to, whole);
      case AdminResponse.Events events -> {
        if (to.method().equals(HttpMethod.HEAD)) {
          sendLast(context, AdminResponse.bytes(EVENT_STREAM, new byte[0]));
        } else {
          begin(context, to, events);
        }
      }
    }
  }

  private void send(ChannelHandlerContext context, Request to, AdminResponse.Whole answer) {
    answered++;
    boolean refused = answer.status().code() >= 400;
    // A refused client may ask again, on another connection: refusals would be the cheapest.
    boolean keepAlive =
        HttpUtil.isKeepAlive(to.http()) && !refused && answered < REQUESTS_A_CONNECTION;
    FullHttpResponse response = encode(answer, !to.method().equals(HttpMethod.HEAD));
    if (to.overTls()) {
      response.headers().set("Strict-Transport-Security", "max-age=31536000");
    }
    HttpUtil.setKeepAlive(response, keepAlive);
    if (!keepAlive) {
      finish(context, response);
      return;
    }
    context
        .writeAndFlush(response)
        .addListener(sent -> {
          if (sent.isSuccess() && !context.isRemoved()) {
            listen(context);
          }
        });
  }

  /** Reads the next request, which may have arrived already. */
  private void listen(ChannelHandlerContext context) {
    armDeadline(context, requestTimeout);
    context.channel().config().setAutoRead(true);
    decoder.resume(context.pipeline().context(decoder));
  }

  private static FullHttpResponse encode(AdminResponse.Whole answer, boolean withBody) {
    ByteBuf content =
        withBody && answer.body().hasRemaining()
            ? Unpooled.wrappedBuffer(answer.body().duplicate())
            : Unpooled.EMPTY_BUFFER;
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(), content);
    answer
        .headers()
        .forEach((name, value) -> {
          // Several cookies are several lines.
          for (String line : value.split("\n", -1)) {
            response.headers().add(name, line);
          }
        });
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
        .set(HttpHeaderNames.CONTENT_LENGTH, answer.body().remaining());
    if (answer.status().equals(HttpResponseStatus.NOT_MODIFIED)) {
      // They would be those of the file that is not sent (RFC 9110, 8.6 and 15.4.5).
      response
          .headers()
          .remove(HttpHeaderNames.CONTENT_TYPE)
          .remove(HttpHeaderNames.CONTENT_LENGTH);
    }
    harden(response);
    return response;
  }

  /** Nothing is kept by a browser or proxy but what says of itself that it may be, as pages do. */
  private static void harden(HttpResponse response) {
    if (!response.headers().contains(HttpHeaderNames.CACHE_CONTROL)) {
      response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    }
    response
        .headers()
        .set("X-Content-Type-Options", "nosniff")
        .set("X-Frame-Options", "DENY")
        .set("Cross-Origin-Resource-Policy", "same-origin")
        .set("Cross-Origin-Opener-Policy", "same-origin")
        .set("Referrer-Policy", "no-referrer");
  }

  /** Begins a stream of events: from now on the client has nothing to say. */
  private void begin(ChannelHandlerContext context, Request to, AdminResponse.Events events) {
    EventStream stream = new EventStream(context.channel(), events.stillAllowed());
    if (!feed.takePlace(stream, events.watcher())) {
      sendLast(
          context,
          AdminResponse.problem(
                  HttpResponseStatus.SERVICE_UNAVAILABLE, "Too many watch the events already")
              .with("Retry-After", 10));
      return;
    }
    finished = true;
    decoder.stop();
    disarm();
    arrivedBytes.settle(0);
    pending.leave(context.channel());
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, EVENT_STREAM)
        .set("Content-Security-Policy", AdminResponse.DATA_POLICY)
        .set(HttpHeaderNames.CONNECTION, "close")
        // nginx would collect events.
        .set("X-Accel-Buffering", "no");
    harden(head);
    boolean chunks = to.http().protocolVersion().equals(HttpVersion.HTTP_1_1);
    HttpUtil.setTransferEncodingChunked(head, chunks);
    context.channel().config().setAutoRead(true);
    context.writeAndFlush(head);
    events.subscriber().accept(stream);
  }

  /** Sends a last answer: what follows on the connection cannot be trusted. */
  private void sendLast(ChannelHandlerContext context, AdminResponse.Whole answer) {
    FullHttpResponse response = encode(answer, true);
    HttpUtil.setKeepAlive(response, false);
    finish(context, response);
  }

  /**
   * Half-closes the connection after the answer, and discards input until the client closes its
   * side or a time limit passes: closing with unread bytes would make TCP reset the connection, and
   * the answer could be lost.
   */
  private void finish(ChannelHandlerContext context, FullHttpResponse response) {
    finished = true;
    decoder.stop();
    arrivedBytes.settle(0);
    context.channel().config().setAutoRead(true);
    armDeadline(context, ANSWER_TIME);
    context
        .writeAndFlush(response)
        .addListener(sent -> {
          OutputShutdown.of(context.channel());
          if (!context.isRemoved()) {
            armDeadline(context, LINGER);
          }
        });
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
      LOG.error("closing a connection to the admin port after an internal error", cause);
    }
    context.close();
  }
}
