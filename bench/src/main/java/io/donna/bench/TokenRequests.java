package io.donna.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes a gateway verify tokens at a fixed rate. Each request sends a token and asks for a client
 * secret, over a few persistent connections, so that the cost is of the tokens and not of the
 * connections. Confined to the event loop except for its start.
 */
final class TokenRequests implements Beside.Work {
  /** The rate that the gateway promises to verify alongside voice. */
  private static final int PER_SECOND = 2_000;

  private static final int CONNECTIONS = 20;
  private static final int MAX_ANSWER = 64 * 1024;

  private final Run run;
  private final Peer peer;
  private final byte[] request;
  private final List<Channel> connections = new ArrayList<>();
  private final List<ScheduledFuture<?>> schedules = new ArrayList<>();
  private long answered;

  private TokenRequests(Run run, Peer peer, String token) {
    this.run = run;
    this.peer = peer;
    this.request =
        ("POST /v1/realtime/client_secrets HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                + token
                + "\r\nContent-Length: 0\r\n\r\n")
            .getBytes(US_ASCII);
  }

  /** Connects anew, because idle connections are closed, and starts sending requests. */
  static TokenRequests start(Bout bout) {
    TokenRequests requests =
        new TokenRequests(bout.run(), bout.peer(), bout.peer().token().orElseThrow());
    for (int i = 0; i < CONNECTIONS; i++) {
      requests.connections.add(requests.connect());
    }
    bout.run().loop().execute(requests::send);
    return requests;
  }

  private Channel connect() {
    ChannelFuture connected =
        new Bootstrap()
            .group(run.loop())
            .channel(run.sockets().clients())
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    peer.tls()
                        .map(Tls::clients)
                        .map(context -> context.newHandler(channel.alloc()))
                        .ifPresent(channel.pipeline()::addLast);
                    channel
                        .pipeline()
                        .addLast(new HttpClientCodec(), new HttpObjectAggregator(MAX_ANSWER))
                        .addLast(new Answers());
                  }
                })
            .connect("127.0.0.1", peer.port())
            .awaitUninterruptibly();
    if (!connected.isSuccess()) {
      throw new BenchmarkFailed(peer.name() + " took no connection: " + connected.cause());
    }
    return connected.channel();
  }

  /** Sends evenly spaced requests, whether they are answered or not. */
  private void send() {
    long interval = TimeUnit.SECONDS.toNanos(1) * connections.size() / PER_SECOND;
    for (int i = 0; i < connections.size(); i++) {
      Channel channel = connections.get(i);
      schedules.add(
          run.loop()
              .scheduleAtFixedRate(
                  () -> ask(channel),
                  interval * i / connections.size(),
                  interval,
                  TimeUnit.NANOSECONDS));
    }
  }

  private void ask(Channel channel) {
    var _ =
        channel
            .pipeline()
            .context(HttpClientCodec.class) // after the codec, but before TLS
            .writeAndFlush(Unpooled.wrappedBuffer(request), channel.voidPromise());
  }

  @Override
  public void stop() {
    schedules.forEach(schedule -> schedule.cancel(false));
    connections.forEach(Channel::close);
  }

  /** The number of requests whose token was accepted. */
  @Override
  public long done() {
    return answered;
  }

  private final class Answers extends SimpleChannelInboundHandler<FullHttpResponse> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse answer) {
      if (answer.status().equals(HttpResponseStatus.OK)) {
        answered++;
      } else {
        run.alarm().raise(peer.name() + " answered a good token with " + answer.status());
      }
    }
  }
}
