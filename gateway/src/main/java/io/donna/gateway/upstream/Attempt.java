package io.donna.gateway.upstream;

import io.donna.gateway.config.UpstreamSettings;
import io.donna.gateway.websocket.Leg;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try at opening an upstream: name, TCP (each of its addresses in turn), TLS and the 101, all
 * within one time limit. Confined to the client's event loop.
 */
public final class Attempt {
  private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);

  private final UpstreamSettings settings;
  private final ChannelFactory<? extends Channel> channels;
  private final CompletableFuture<Optional<SslContext>> tls;
  private final EventLoop eventLoop;
  private final FullHttpRequest request;
  private final Leg.Options options;
  private final Leg.Events events;
  private final Consumer<Outcome> done;
  private final Deque<InetAddress> addresses = new ArrayDeque<>();
  private final ScheduledFuture<?> deadline;

  private Optional<SslContext> sslContext = Optional.empty();
  private boolean over;
  private int millisPerAddress;
  private @Nullable Channel channel;

  Attempt(
      UpstreamSettings settings,
      ChannelFactory<? extends Channel> channels,
      CompletableFuture<Optional<SslContext>> tls,
      EventLoop eventLoop,
      FullHttpRequest request,
      Leg.Options options,
      Leg.Events events,
      Consumer<Outcome> done) {
    this.settings = settings;
    this.channels = channels;
    this.tls = tls;
    this.eventLoop = eventLoop;
    this.request = request;
    this.options = options;
    this.events = events;
    this.done = done;
    this.deadline =
        eventLoop.schedule(
            this::onTimeout, settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  void begin(Executor blocking) {
    String host = settings.host();
    blocking.execute(() -> {
      try {
        List<InetAddress> found = List.of(InetAddress.getAllByName(host));
        Optional<SslContext> prepared = tls.join();
        eventLoop.execute(() -> onResolved(found, prepared));
      } catch (UnknownHostException unknown) {
        eventLoop.execute(
            () -> fail("upstream_unreachable", "The upstream's name is unknown.", unknown));
      } catch (CompletionException noTls) {
        eventLoop.execute(
            () -> fail("upstream_tls_failed", "TLS with the upstream is not possible.", noTls));
      }
    });
  }

  /** Gives up without a word; what was open is closed. */
  public void cancel() {
    if (!over) {
      finish();
      closeChannel();
    }
  }

  private void onResolved(List<InetAddress> found, Optional<SslContext> prepared) {
    sslContext = prepared;
    addresses.addAll(found);
    // One address that swallows packets must leave time for the next.
    millisPerAddress = (int) Math.max(1, settings.connectTimeout().toMillis() / found.size());
    connectNext();
  }

  private void connectNext() {
    InetAddress address = addresses.poll();
    if (over || address == null) {
      return;
    }
    ChannelFuture connecting =
        new Bootstrap()
            .group(eventLoop)
            .channelFactory(channels)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millisPerAddress)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, Leg.WATER_MARKS)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel opened) {
                    equip(opened);
                  }
                })
            .connect(new InetSocketAddress(address, settings.port()));
    channel = connecting.channel();
    connecting.addListener(connected -> {
      if (!connected.isSuccess() && !over) {
        onConnectFailed(connected.cause());
      }
    });
  }

  private void onConnectFailed(Throwable cause) {
    if (addresses.isEmpty()) {
      fail("upstream_unreachable", "The upstream cannot be reached.", cause);
    } else {
      connectNext();
    }
  }

  private void equip(Channel opened) {
    sslContext.ifPresent(context -> {
      // The host name goes along: for SNI, and for the certificate to be checked against.
      SslHandler handler = context.newHandler(opened.alloc(), settings.host(), settings.port());
      handler.setHandshakeTimeoutMillis(settings.connectTimeout().toMillis());
      opened.pipeline().addLast(handler);
    });
    opened.pipeline().addLast(new HttpClientCodec(4_096, 16_384, 8_192));
    opened.pipeline().addLast(new UpgradeHandler(request, this));
  }

  /** The 101 is there and in order. Called before the first bytes behind it are handed on. */
  void onUpgraded(Channel upgraded) {
    if (over) {
      upgraded.close();
      return;
    }
    Leg leg = Leg.towardsUpstream(upgraded, options, events);
    upgraded.pipeline().addLast(leg);
    finish();
    done.accept(new Outcome.Opened(leg));
  }

  void fail(String code, String message, @Nullable Throwable cause) {
    if (over) {
      return;
    }
    finish();
    closeChannel();
    LOG.warn("upstream not opened: {}{}", message, cause == null ? "" : " (" + cause + ")");
    done.accept(new Outcome.Failed(code, message));
  }

  private void onTimeout() {
    fail(
        "upstream_timeout",
        "The upstream did not open within " + settings.connectTimeout().toMillis() + " ms.",
        null);
  }

  private void finish() {
    over = true;
    deadline.cancel(false);
  }

  private void closeChannel() {
    if (channel != null) {
      channel.close();
    }
  }
}
