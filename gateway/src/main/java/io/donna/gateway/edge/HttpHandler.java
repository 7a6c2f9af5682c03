package io.donna.gateway.edge;

import io.donna.gateway.websocket.HalfClose;
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
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
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
 * A connection while it speaks HTTP: one request after the other, each whole within a time limit,
 * answered in order, until one of them upgrades. Confined to the channel's event loop.
 */
final class HttpHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(HttpHandler.class);

  /** A body is kept where a route takes one, and read past elsewhere, up to here. */
  private static final int MAX_BODY_BYTES = 16 * 1024;

  /** Then the event loop's other connections have their turn. */
  private static final int REQUESTS_A_TURN = 8;

  /** And so they have behind one that took long to read: a head may be 32 KiB of commas. */
  private static final long TURN_NANOS = 500_000;

  /** As many as nginx answers on a connection. */
  private static final int REQUESTS_A_CONNECTION = 1_000;

  /** How long a client may take to hear the last answer. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private final Routes routes;
  private final Upgrade upgrade;
  private final PendingConnections pending;
  private final Duration requestTimeout;
  private final ArrivedBytes arrivals;
  private final RequestDecoder decoder;
  private @Nullable HttpRequest request;
  private @Nullable ScheduledFuture<?> deadline;
  private int bodyBytes;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);

  private int answered;
  private boolean inTurn;
  private long turnBegan;

  /** Others have their turn; what has arrived waits. */
  private boolean yielding;

  /** The last answer is on its way; nothing more is listened to. */
  private boolean finished;

  /**
   * Stays until a request upgrades.
   *
   * @param requestTimeout from the connection, or the answer before, to a request's last byte
   * @param arrivals counts what has come for this and is not taken yet
   * @param decoder stands before this
   */
  HttpHandler(
      Routes routes,
      Upgrade upgrade,
      PendingConnections pending,
      Duration requestTimeout,
      ArrivedBytes arrivals,
      RequestDecoder decoder) {
    this.routes = routes;
    this.upgrade = upgrade;
    this.pending = pending;
    this.requestTimeout = requestTimeout;
    this.arrivals = arrivals;
    this.decoder = decoder;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    enterPending(context.channel());
    armDeadline(context, requestTimeout);
  }

  private void enterPending(Channel channel) {
    pending.enter(channel, ProxyHeader.peer(channel));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ProxyHeader.Event.CLIENT_NAMED) {
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
    // Of a chunk that carries one byte, kilobytes can be its extension, which nobody keeps.
    arrivals.settleAtMost(RequestDecoder.MAX_HEAD_BYTES + body.size() + decoder.heldBytes());
    if (content instanceof LastHttpContent) {
      request = null;
      onRequest(context, Request.of(begun, ByteBuffer.wrap(body.toByteArray()), context.channel()));
    }
  }

  private void onRequest(ChannelHandlerContext context, Request whole) {
    armDeadline(context, requestTimeout);
    arrivals.settle(decoder.heldBytes());
    Optional<String> fault = whole.fault();
    if (fault.isPresent()) {
      sendLast(context, HttpAnswer.error(HttpResponseStatus.BAD_REQUEST, fault.get()));
      return;
    }
    Optional<Endpoint> endpoint = Endpoint.at(whole.path());
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
    if (fault instanceof TooLongHttpLineException) {
      return HttpAnswer.error(HttpResponseStatus.REQUEST_URI_TOO_LONG, "Request line too long");
    }
    if (fault instanceof TooLongHttpHeaderException) {
      return HttpAnswer.error(
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Request headers too large");
    }
    return HttpAnswer.error(HttpResponseStatus.BAD_REQUEST, "Malformed HTTP request");
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
   * Leaves what has arrived for the loop's next turn. A task would be run in this one; what is
   * scheduled waits until every other channel has been looked at.
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

  /** Reads on, unless it is others' turn, or the client does not read our answers. */
  private void listen(ChannelHandlerContext context) {
    boolean listening = !yielding && context.channel().isWritable();
    if (!listening) {
      decoder.pause();
    }
    context.channel().config().setAutoRead(listening);
  }

  /** Answers, and listens no more: what follows on the connection cannot be trusted. */
  private void sendLast(ChannelHandlerContext context, HttpAnswer answer) {
    FullHttpResponse response = answer.encode(context.alloc(), true);
    HttpUtil.setKeepAlive(response, false);
    finish(context, response);
  }

  /**
   * Closes our side behind the answer. What still comes is thrown away until the client closes its
   * own or the time limit is over: closing on unread bytes would make TCP reset the connection, and
   * our answer with it.
   */
  private void finish(ChannelHandlerContext context, FullHttpResponse response) {
    finished = true;
    decoder.stop();
    arrivals.settle(0);
    context.channel().config().setAutoRead(true);
    armDeadline(context, requestTimeout.compareTo(LINGER) < 0 ? requestTimeout : LINGER);
    context.writeAndFlush(response).addListener(sent -> HalfClose.of(context.channel()));
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
    // TLS faults come wrapped in a DecoderException.
    if (!(cause instanceof IOException || cause.getCause() instanceof IOException)) {
      LOG.error("closing a connection after an internal error", cause);
    }
    context.close();
  }
}
