package io.donna.gateway.edge;

import io.donna.gateway.admission.AdmissionDecision;
import io.donna.gateway.admission.AdmissionDecision.Awaited;
import io.donna.gateway.admission.AdmissionDecision.Decided;
import io.donna.gateway.admission.AdmissionDecision.Granted;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Handles a connection while it speaks HTTP: requests one after the other, each complete within a
 * time limit and answered in order, until one upgrades. Confined to the channel's event loop.
 */
final class HttpHandler extends RequestConnection {
  /** The body limit. A body is kept if the route takes one, else discarded. */
  private static final int MAX_BODY_BYTES = 16 * 1024;

  /** After so many requests, the event loop serves its other connections. */
  private static final int REQUESTS_A_TURN = 8;

  /** It does so too after requests that took this long: a head may be 32 KiB of commas. */
  private static final long TURN_NANOS = 500_000;

  private final HttpEndpoints routes;
  private final Upgrade upgrade;
  private final PendingConnections pending;
  private final Duration requestTimeout;
  private final RequestDecoder decoder;
  private int answered;
  private boolean inTurn;
  private long turnBegan;

  /** Other connections are served first; received bytes wait. */
  private boolean yielding;

  /** Other replicas decide about the request; received bytes wait. */
  private boolean awaiting;

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
    super(pending, arrivedBytes, decoder, MAX_BODY_BYTES);
    this.routes = routes;
    this.upgrade = upgrade;
    this.pending = pending;
    this.requestTimeout = requestTimeout;
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

  @Override
  public void channelRead(ChannelHandlerContext context, Object read) {
    if (!inTurn) {
      inTurn = true;
      turnBegan = now(context);
    }
    super.channelRead(context, read);
  }

  @Override
  protected boolean takesBody(HttpRequest begun) {
    return routes.takesBody(begun);
  }

  @Override
  protected void refuse(ChannelHandlerContext context, HttpResponseStatus status, String words) {
    sendLast(context, HttpAnswer.error(status, words));
  }

  @Override
  protected void onRequest(ChannelHandlerContext context, Request whole) {
    armDeadline(context, requestTimeout);
    Optional<String> fault = whole.fault();
    if (fault.isPresent()) {
      sendLast(context, HttpAnswer.error(HttpResponseStatus.BAD_REQUEST, fault.get()));
      return;
    }
    Optional<WebSocketEndpoint> endpoint = WebSocketEndpoint.at(whole.path());
    boolean upgrades =
        endpoint.isPresent() && whole.wantsUpgrade() && whole.method().equals(HttpMethod.GET);
    if (!upgrades) {
      whenDecided(
          context,
          routes.admit(whole),
          admission -> send(context, whole, routes.answer(whole, admission)));
      return;
    }
    if (bodyBytes() > 0 || whole.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      sendLast(
          context,
          HttpAnswer.error(HttpResponseStatus.BAD_REQUEST, "An upgrade must not have a body"));
      return;
    }
    whenDecided(
        context,
        upgrade.admit(whole),
        admission -> upgrade(context, whole, endpoint.get(), admission));
  }

  private void upgrade(
      ChannelHandlerContext context, Request whole, WebSocketEndpoint endpoint, Decided admission) {
    Optional<HttpAnswer> refused = upgrade.attempt(context, whole, endpoint, admission);
    if (refused.isPresent()) {
      send(context, whole, routes.withTransportSecurity(refused.get(), whole));
    } else {
      disarm();
    }
  }

  /** Continues with the decision: at once if it has been made, else without reading meanwhile. */
  private void whenDecided(
      ChannelHandlerContext context, AdmissionDecision admission, Consumer<Decided> next) {
    switch (admission) {
      case Decided decided -> next.accept(decided);
      case Awaited(CompletionStage<Decided> decision) -> {
        awaiting = true;
        listen(context);
        decision.thenAccept(
            decided -> context.executor().execute(() -> decidedLate(context, decided, next)));
      }
    }
  }

  private void decidedLate(ChannelHandlerContext context, Decided decided, Consumer<Decided> next) {
    awaiting = false;
    if (context.isRemoved() || isFinished()) {
      if (decided instanceof Granted granted) {
        granted.lease().release();
      }
      return;
    }
    listen(context);
    next.accept(decided);
    if (!context.isRemoved()) {
      context.flush();
      takeTurn(context);
    }
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
    if (!context.isRemoved() && !isFinished()) {
      listen(context);
      if (!awaiting && context.channel().isWritable()) {
        decoder.resume(context.pipeline().context(decoder));
      }
    }
  }

  /**
   * Resumes reading, unless other connections are served first, other replicas are asked, or the
   * client does not read answers.
   */
  private void listen(ChannelHandlerContext context) {
    boolean listening = !yielding && !awaiting && context.channel().isWritable();
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

  private void finish(ChannelHandlerContext context, FullHttpResponse response) {
    finish(context, response, requestTimeout.compareTo(LINGER) < 0 ? requestTimeout : LINGER);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    inTurn = false;
    context.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (!isFinished()) {
      yieldTurn(context);
    }
  }
}
