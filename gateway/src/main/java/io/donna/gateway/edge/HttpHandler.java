package io.donna.gateway.edge;

import io.donna.gateway.websocket.OutputShutdown;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles a connection while it speaks HTTP: requests one after the other, each complete within a
 * time limit and answered in order, until one upgrades. Confined to the channel's event loop.
 */
final class HttpHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(HttpHandler.class);

  /** The body limit. A body is kept if the route takes one, else discarded. */
  private static final int MAX_BODY_BYTES = 16 * 1024;

  /** After so many requests, the event loop serves its other connections. */
  private static final int REQUESTS_A_TURN = 8;

  /** It does so too after requests that took this long: a head may be 32 KiB of commas. */
  private static final long TURN_NANOS = 500_000;

  /** nginx's limit of requests per connection. */
  private static final int REQUESTS_A_CONNECTION = 1_000;

  /** How long a client may take to receive the last answer. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private final HttpEndpoints routes;
  private final Upgrade upgrade;
  private final PendingConnections pending;
  private final Duration requestTimeout;
  private final PreUpgradeMemoryHandler arrivedBytes;
  private final RequestDecoder decoder;
  private @Nullable HttpRequest request;
  private @Nullable ScheduledFuture<?> deadline;
  private int bodyBytes;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);

  private int answered;
  private boolean inTurn;
  private long turnBegan;

  /** Other connections are served first; received bytes wait. */
  private boolean yielding;

  /** The last answer has been sent; further input is discarded. */
  private boolean finished;

  /**
   * A handler that stays in the pipeline until a request upgrades.
   *
   * @param requestTimeout from the connection or the previous answer to a request's last byte
   * @param arrivedBytes counts the bytes received and not yet consumed
   * @param decoder precedes this handler in the pipeline
   */
  HttpHandler(
      HttpEndpoints routes,
      Upgrade upgrade,
      PendingConnections pending,
      Duration requestTimeout,
      PreUpgradeMemoryHandler arrivedBytes,
      RequestDecoder decoder) {
    this.routes = routes;
    this.upgrade = upgrade;
    this.pending = pending;
    this.requestTimeout = requestTimeout;
    this.arrivedBytes = arrivedBytes;
    this.decoder = decoder;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    enterPending(context.channel());
    armDeadline(context, requestTimeout);
  }

  private void enterPending(Channel channel) {
    pending.enter(channel, ProxyProtocolHandler.peer(channel));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ProxyProtocolHandler.Event.CLIENT_NAMED) {
      enterPending(context.channel());
    }
    context.fireUserEventTriggered(event);
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
    if (!inTurn) {
      inTurn = true;
      turnBegan = now(context);
    }
    try {
      if (finished) {
        return;
      }
      if (read instanceof HttpObject part && part.decoderResult().isFailure()) {
        request = null;
        sendLast(context, malformed(part.decoderResult().cause()));
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
    if (bodyBytes > MAX_BODY_BYTES) {
      request = null;
      sendLast(
          context, HttpAnswer.error(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "Body too large"));
      return;
    }
    if (routes.takesBody(begun)) {
      body.writeBytes(ByteBufUtil.getBytes(content.content()));
    }
    // A chunk of one byte may have kilobytes of extensions, which are not kept.
    arrivedBytes.settleAtMost(RequestDecoder.MAX_HEAD_BYTES + body.size() + decoder.heldBytes());
    if (content instanceof LastHttpContent) {
      request = null;
      onRequest(context, Request.of(begun, ByteBuffer.wrap(body.toByteArray()), context.channel()));
    }
  }

  private void onRequest(ChannelHandlerContext context, Request whole) {
    armDeadline(context, requestTimeout);
    arrivedBytes.settle(decoder.heldBytes());
    Optional<String> fault = whole.fault();
    if (fault.isPresent()) {
      sendLast(context, HttpAnswer.error(HttpResponseStatus.BAD_REQUEST, fault.get()));
      return;
    }
    Optional<WebSocketEndpoint> endpoint = WebSocketEndpoint.at(whole.path());
    boolean upgrades =
        endpoint.isPresent() && whole.wantsUpgrade() && whole.method().equals(HttpMethod.GET);
    if (!upgrades) {
      send(context, whole, routes.answer(whole));
      return;
    }
    if (bodyBytes > 0 || whole.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      sendLast(
          context,
          HttpAnswer.error(HttpResponseStatus.BAD_REQUEST, "An upgrade must not have a body"));
      return;
    }
    Optional<HttpAnswer> refused = upgrade.attempt(context, whole, endpoint.get());
    if (refused.isPresent()) {
      send(context, whole, routes.withTransportSecurity(refused.get(), whole));
    } else {
      disarm();
    }
  }

  private static HttpAnswer malformed(Throwable fault) {
    RequestDecoder.Refusal refusal = RequestDecoder.refusal(fault);
    return HttpAnswer.error(refusal.status(), refusal.words());
  }

  private void send(ChannelHandlerContext context, Request to, HttpAnswer answer) {
    boolean withBody = !to.method().equals(HttpMethod.HEAD);
    FullHttpResponse response = answer.encode(context.alloc(), withBody);
    answered++;
    boolean keepAlive =
        HttpUtil.isKeepAlive(to.http()) && !answer.isLast() && answered < REQUESTS_A_CONNECTION;
    if (!keepAlive || !response.headers().contains(HttpHeaderNames.CONNECTION)) {
      HttpUtil.setKeepAlive(response, keepAlive);
    }
    if (!keepAlive) {
      finish(context, response);
      return;
    }
    context.write(response, context.voidPromise());
    if (answered % REQUESTS_A_TURN == 0 || now(context) - turnBegan >= TURN_NANOS) {
      yieldTurn(context);
    }
  }

  private static long now(ChannelHandlerContext context) {
    return context.channel().eventLoop().ticker().nanoTime();
  }

  /**
   * Leaves received bytes for the next iteration of the event loop. A task would run in the current
   * one; a scheduled task waits until every other channel has been served.
   */
  private void yieldTurn(ChannelHandlerContext context) {
    if (!yielding) {
      yielding = true;
      context.executor().schedule(() -> takeTurn(context), 0, TimeUnit.NANOSECONDS);
    }
    listen(context);
  }

  private void takeTurn(ChannelHandlerContext context) {
    yielding = false;
    inTurn = false;
    if (!context.isRemoved() && !finished) {
      listen(context);
      if (context.channel().isWritable()) {
        decoder.resume(context.pipeline().context(decoder));
      }
    }
  }

  /**
   * Resumes reading, unless other connections are served first or the client does not read answers.
   */
  private void listen(ChannelHandlerContext context) {
    boolean listening = !yielding && context.channel().isWritable();
    if (!listening) {
      decoder.pause();
    }
    context.channel().config().setAutoRead(listening);
  }

  /** Sends a last answer: what follows on the connection cannot be trusted. */
  private void sendLast(ChannelHandlerContext context, HttpAnswer answer) {
    FullHttpResponse response = answer.encode(context.alloc(), true);
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
    armDeadline(context, requestTimeout.compareTo(LINGER) < 0 ? requestTimeout : LINGER);
    context.writeAndFlush(response).addListener(sent -> OutputShutdown.of(context.channel()));
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    inTurn = false;
    context.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (!finished) {
      yieldTurn(context);
    }
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
