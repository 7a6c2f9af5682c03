package io.donna.gateway.upstream;

import io.donna.gateway.config.UpstreamSettings;
import io.donna.gateway.websocket.CloseReason;
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
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt to open an upstream: DNS, TCP (each address in turn), TLS and the 101, all within one
 * time limit. Confined to the client's event loop.
 */
final class OpeningAttempt {
  private static final Logger LOG = LoggerFactory.getLogger(OpeningAttempt.class);

  /** How long a cancelled attempt waits for the upstream's answer. */
  private static final long FAREWELL_TIMEOUT_MS = 2_000;

  /** Builds the upgrade request; may read a file. */
  interface RequestSource {
    FullHttpRequest request() throws IOException;
  }

  /**
   * The parameters of an attempt.
   *
   * @param model the requested model
   * @param events receives the upstream's messages after the 101
   */
  record Wanted(
      EventLoop eventLoop,
      RequestSource request,
      String model,
      Leg.Options options,
      Leg.Events events) {}

  private final UpstreamServer server;
  private final UpstreamSettings settings;
  private final ChannelFactory<? extends Channel> channels;
  private final Wanted wanted;
  private final Consumer<OpeningOutcome> done;
  private final Deque<InetAddress> addresses = new ArrayDeque<>();
  private final ScheduledFuture<?> deadline;

  private boolean over;

  /** Whether the request has been sent; an earlier failure is not caused by the model. */
  private boolean asked;

  /** The close reason for an upstream that answers after the attempt was cancelled. */
  private @Nullable CloseReason farewell;

  private int millisPerAddress;
  private @Nullable Channel channel;

  OpeningAttempt(
      UpstreamServer server,
      ChannelFactory<? extends Channel> channels,
      Wanted wanted,
      Consumer<OpeningOutcome> done) {
    this.server = server;
    this.settings = server.settings();
    this.channels = channels;
    this.wanted = wanted;
    this.done = done;
    this.deadline =
        wanted.eventLoop.schedule(
            this::onTimeout, settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  void begin(Executor blocking) {
    try {
      blocking.execute(() -> {
        Runnable next = prepare();
        try {
          wanted.eventLoop.execute(next);
        } catch (RejectedExecutionException stopped) {
          LOG.debug("upstream {} not opened: the gateway has stopped", settings.name());
        }
      });
    } catch (RejectedExecutionException stopping) {
      // Not in this call: the caller does not have the opening yet.
      wanted.eventLoop.execute(
          () -> fail("upstream_unreachable", "The gateway is going away.", null));
    }
  }

  /** Runs the blocking steps off the event loop; returns the next step for the event loop. */
  private Runnable prepare() {
    FullHttpRequest request;
    try {
      request = wanted.request.request();
    } catch (IOException noKey) {
      return () ->
          fail(
              OpeningFault.KEY_REFUSED,
              "upstream_refused",
              "The gateway has no key for the upstream.",
              noKey);
    }
    try {
      List<InetAddress> found = List.of(InetAddress.getAllByName(settings.host()));
      Optional<SslContext> tls = server.tls();
      return () -> onPrepared(found, tls, request);
    } catch (UnknownHostException unknown) {
      return () -> fail("upstream_unreachable", "The upstream's name is unknown.", unknown);
    } catch (CompletionException noTls) {
      return () -> fail("upstream_tls_failed", "TLS with the upstream is not possible.", noTls);
    }
  }

  /**
   * Cancels the attempt. An upstream that answers soon is sent {@code reason}: closing with its
   * answer unread would make TCP reset the connection, and it would not learn why.
   */
  void cancel(CloseReason reason) {
    if (over) {
      return;
    }
    finish();
    if (channel != null && channel.isActive()) {
      farewell = reason;
      wanted.eventLoop.schedule(
          () -> {
            if (farewell != null) {
              closeChannel();
            }
          },
          FAREWELL_TIMEOUT_MS,
          TimeUnit.MILLISECONDS);
    } else {
      closeChannel();
    }
  }

  private void onPrepared(
      List<InetAddress> found, Optional<SslContext> tls, FullHttpRequest request) {
    addresses.addAll(found);
    // An address that drops packets must leave time for the next.
    millisPerAddress = (int) Math.max(1, settings.connectTimeout().toMillis() / found.size());
    connectNext(tls, request);
  }

  private void connectNext(Optional<SslContext> tls, FullHttpRequest request) {
    InetAddress address = addresses.poll();
    if (over || address == null) {
      return;
    }
    ChannelFuture connecting =
        new Bootstrap()
            .group(wanted.eventLoop)
            .channelFactory(channels)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millisPerAddress)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, Leg.WATER_MARKS)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel opened) {
                    equip(opened, tls, request);
                  }
                })
            .connect(new InetSocketAddress(address, settings.port()));
    channel = connecting.channel();
    connecting.addListener(connected -> {
      if (!connected.isSuccess() && !over) {
        if (addresses.isEmpty()) {
          fail("upstream_unreachable", "The upstream cannot be reached.", connected.cause());
        } else {
          connectNext(tls, request);
        }
      }
    });
  }

  private void equip(Channel opened, Optional<SslContext> tls, FullHttpRequest request) {
    tls.ifPresent(context -> {
      // The host name is needed for SNI and for verifying the certificate.
      SslHandler handler = context.newHandler(opened.alloc(), settings.host(), settings.port());
      handler.setHandshakeTimeoutMillis(settings.connectTimeout().toMillis());
      opened.pipeline().addLast(handler);
    });
    opened.pipeline().addLast(new HttpClientCodec(4_096, 16_384, 8_192));
    opened.pipeline().addLast(new ClientHandshakeHandler(request, this));
  }

  /** The request has been sent. */
  void onAsked() {
    asked = true;
  }

  boolean wasAsked() {
    return asked;
  }

  /** A valid 101 has arrived. Called before the bytes that follow it are passed on. */
  void onUpgraded(Channel upgraded) {
    if (over && farewell == null) {
      upgraded.close();
      return;
    }
    Leg leg = Leg.towardsUpstream(upgraded, wanted.options, wanted.events);
    upgraded.pipeline().addLast(leg);
    if (farewell != null) {
      leg.close(farewell);
      farewell = null;
      return;
    }
    finish();
    done.accept(new OpeningOutcome.Opened(leg, wanted.model, settings));
  }

  void fail(String code, String message, @Nullable Throwable cause) {
    fail(OpeningFault.SERVER, code, message, cause);
  }

  void fail(OpeningFault fault, String code, String message, @Nullable Throwable cause) {
    if (over) {
      return;
    }
    finish();
    closeChannel();
    LOG.warn(
        "upstream {} not opened: {}{}",
        settings.name(),
        message,
        cause == null ? "" : " (" + server.describe(cause) + ")");
    done.accept(new OpeningOutcome.Failed(code, message, fault));
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
