package io.donna.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.util.Base64;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** The client end of one session of the load. Confined to the event loop. */
final class Client implements FrameListener {
  private final Channel channel;
  private final Peer peer;
  private final int number;
  private final Run run;
  private final int mask;
  private final String key;
  private final Optional<DeliveryCheck> deliveries;
  private final CompletableFuture<Client> ready;
  private final CompletableFuture<Client> closed = new CompletableFuture<>();
  private boolean closing;

  private Client(Channel channel, Peer peer, int number, Run run, CompletableFuture<Client> ready) {
    Random random = new Random(number);
    byte[] nonce = new byte[16];
    random.nextBytes(nonce);
    this.channel = channel;
    this.peer = peer;
    this.number = number;
    this.run = run;
    this.mask = random.nextInt();
    this.key = Base64.getEncoder().encodeToString(nonce);
    this.deliveries =
        run.load()
            .downward()
            .map(flow -> new DeliveryCheck(flow.message(), run.tally(), run.alarm()));
    this.ready = ready;
  }

  /** Completes on the upstream's first event. A refusal raises the alarm instead. */
  static CompletableFuture<Client> open(Peer peer, int number, Run run) {
    CompletableFuture<Client> ready = new CompletableFuture<>();
    new Bootstrap()
        .group(run.loop())
        .channel(run.sockets().clients())
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, run.waiting())
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                // TLS only: a server sends nothing before the request, which adds the other
                // handlers.
                peer.tls()
                    .map(Tls::clients)
                    .map(context -> context.newHandler(channel.alloc()))
                    .ifPresent(channel.pipeline()::addLast);
              }
            })
        .connect("127.0.0.1", peer.port())
        .addListener((ChannelFuture connected) -> {
          if (connected.isSuccess()) {
            new Client(connected.channel(), peer, number, run, ready).request();
          } else {
            run.alarm().raise(peer.name() + " took no connection: " + connected.cause());
          }
        });
    return ready;
  }

  private void request() {
    channel.pipeline().addLast("head", new HeadReader(this::onResponse, this));
    write(Handshake.request(peer.port(), "/realtime", key).getBytes(US_ASCII));
  }

  private void onResponse(HttpHead response) {
    if (!Handshake.isAccepted(response, key)) {
      fail("answered the upgrade with " + response.startLine());
      return;
    }
    peer.token().ifPresent(token -> say("{\"type\":\"authenticate\",\"token\":\"" + token + "\"}"));
  }

  Pacer upward() {
    return new Pacer(channel, frame(), number, run.tally(), run.alarm());
  }

  Flood flood() {
    return new Flood(channel, frame(), number, run.tally());
  }

  private FrameTemplate frame() {
    return FrameTemplate.masked(run.load().upward().message(), mask);
  }

  /** Sends a close frame, as a browser does. The peer ends the connection. */
  CompletableFuture<Client> close() {
    closing = true;
    write(Frame.masked(Frame.CLOSE, Frame.normalClosure(), mask));
    return closed;
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void onText(byte[] text) {
    if (deliveries.isPresent() && deliveries.get().isOfItsKind(text)) {
      deliveries.get().onMessage(text);
      return;
    }
    String said = new String(text, UTF_8);
    if (said.contains("\"type\":\"auth_success\"")) {
      say("{\"type\":\"connect_realtime\"}");
    } else if (said.contains("\"type\":\"session.created\"")) {
      ready.complete(this);
    } else if (said.contains("\"type\":\"error\"")
        || said.contains("\"type\":\"auth_")
        || said.contains("\"type\":\"realtime_disconnected\"")) {
      fail("said " + said);
    }
  }

  @Override
  public void onPing(byte[] payload) {
    write(Frame.masked(Frame.PONG, payload, mask));
  }

  @Override
  public void onClose(String reason) {
    if (closing) {
      var _ = channel.close();
    } else {
      fail("closed with " + reason);
    }
  }

  @Override
  public void onEnd() {
    closed.complete(this);
    if (!closing) {
      fail("ended the connection");
    }
  }

  @Override
  public void onError(Throwable cause) {
    if (!closing) {
      fail("broke the connection: " + cause);
    }
    var _ = channel.close();
  }

  private void fail(String what) {
    run.alarm().raise(peer.name() + " " + what + " (session " + number + ")");
  }

  private void say(String text) {
    write(Frame.masked(Frame.TEXT, text.getBytes(UTF_8), mask));
  }

  private void write(byte[] bytes) {
    var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(bytes), channel.voidPromise());
  }
}
