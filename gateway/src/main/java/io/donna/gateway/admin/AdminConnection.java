package io.donna.gateway.admin;

import io.donna.gateway.edge.PendingConnections;
import io.donna.gateway.edge.PreUpgradeMemoryHandler;
import io.donna.gateway.edge.Request;
import io.donna.gateway.edge.RequestConnection;
import io.donna.gateway.edge.RequestDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/**
 * A connection to the admin port: one request at a time, each complete within a time limit. What
 * follows a request waits until it is answered, which happens on a virtual thread. Confined to the
 * channel's event loop.
 */
final class AdminConnection extends RequestConnection {
  private static final String EVENT_STREAM = "text/event-stream; charset=utf-8";

  static final int MAX_BODY_BYTES = 64 * 1024;

  /** How long a handler and a client that reads its answer may take. */
  private static final Duration ANSWER_TIME = Duration.ofSeconds(30);

  private final Function<Request, AdminResponse> routes;
  private final LiveFeed feed;
  private final Executor handlers;
  private final PendingConnections pending;
  private final Duration requestTimeout;
  private final RequestDecoder decoder;
  private int answered;

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
    super(pending, arrivedBytes, decoder, MAX_BODY_BYTES);
    this.routes = routes;
    this.feed = feed;
    this.handlers = handlers;
    this.pending = pending;
    this.requestTimeout = requestTimeout;
    this.decoder = decoder;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    pending.enter(
        context.channel(), ((InetSocketAddress) context.channel().remoteAddress()).getAddress());
    armDeadline(context, requestTimeout);
  }

  @Override
  protected boolean takesBody(HttpRequest begun) {
    return true;
  }

  @Override
  protected void refuse(ChannelHandlerContext context, HttpResponseStatus status, String words) {
    sendLast(context, AdminResponse.problem(status, words));
  }

  @Override
  protected void onRequest(ChannelHandlerContext context, Request whole) {
    decoder.pause();
    context.channel().config().setAutoRead(false);
    armDeadline(context, ANSWER_TIME);
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
    if (context.isRemoved() || isFinished()) {
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
    stopListening(context);
    disarm();
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
    context.write(head);
    events.subscriber().accept(stream);
    // Only now: whoever has read the head misses no event that comes after.
    context.flush();
  }

  /** Sends a last answer: what follows on the connection cannot be trusted. */
  private void sendLast(ChannelHandlerContext context, AdminResponse.Whole answer) {
    FullHttpResponse response = encode(answer, true);
    HttpUtil.setKeepAlive(response, false);
    finish(context, response);
  }

  private void finish(ChannelHandlerContext context, FullHttpResponse response) {
    finish(context, response, ANSWER_TIME)
        .addListener(sent -> {
          if (!context.isRemoved()) {
            armDeadline(context, LINGER);
          }
        });
  }
}
