package io.donna.simulator;

import io.donna.simulator.protocol.TimeSource;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A server that behaves as OpenAI's voice APIs do. Each connection is confined to one event loop.
 * This class is thread-safe.
 */
public final class Simulator implements AutoCloseable {
  /** A token in a header or a query may be several kilobytes long. */
  private static final int LONGEST_HEAD = 64 * 1024;

  private final Builder settings;
  private final Terms terms;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(0, NioIoHandler.newFactory());
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final BlockingQueue<SimulatedConnection> untaken = new LinkedBlockingQueue<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Channel server;
  private volatile Fault fault;

  private Simulator(Builder settings, Terms terms) throws IOException {
    this.settings = settings;
    this.terms = terms;
    this.fault = settings.fault;
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(new Pipeline())
            .bind(settings.host, settings.port)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw bound.cause() instanceof IOException refused ? refused : new IOException(bound.cause());
    }
    server = bound.channel();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** The URI for clients of the Live API: `ws://127.0.0.1:8091/v1/live/sessions`. */
  public URI liveUri() {
    return uri().resolve("/v1/live/sessions");
  }

  /** The URI for translations, without a query: `ws://127.0.0.1:8091/v1/realtime/translations`. */
  public URI translationUri() {
    return uri().resolve("/v1/realtime/translations");
  }

  /** The URI for clients, without a query: `ws://127.0.0.1:8091/v1/realtime`. */
  public URI uri() {
    String scheme = settings.tls == null ? "ws" : "wss";
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    String host = settings.host.contains(":") ? "[" + settings.host + "]" : settings.host;
    return URI.create(scheme + "://" + host + ":" + port + "/v1/realtime");
  }

  /** Sets the fault of connections from now on. */
  public void fault(Fault next) {
    fault = next;
  }

  /**
   * Waits for the next connection not yet returned. It is returned as soon as its upgrade request
   * has arrived.
   *
   * @throws IllegalStateException if there is none within the limit
   */
  public SimulatedConnection awaitConnection(Duration limit) {
    try {
      SimulatedConnection next = untaken.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
      if (next == null) {
        throw new IllegalStateException("No connection within " + limit);
      }
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for a connection", e);
    }
  }

  /** The number of open connections that have requested an upgrade. */
  public int openConnections() {
    return channels.size();
  }

  @Override
  public void close() {
    server.close().awaitUninterruptibly();
    channels.close().awaitUninterruptibly();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  Terms terms() {
    return terms;
  }

  Fault fault() {
    return fault;
  }

  /** The seed of a new connection's ids. */
  long seed() {
    return settings.seed.isPresent()
        ? settings.seed.getAsLong() + connections.get()
        : ThreadLocalRandom.current().nextLong();
  }

  /**
   * A journal for a new connection. It prefixes each line with the connection's number and replaces
   * control characters by spaces.
   */
  Consumer<String> journal() {
    int number = connections.incrementAndGet();
    return line -> settings.journal.accept(number + " " + line.replaceAll("\\p{Cntrl}", " "));
  }

  SimulatedConnection connected(Channel channel, FullHttpRequest request) {
    channels.add(channel);
    SimulatedConnection connection =
        new SimulatedConnection(channel, headers(request), request.uri(), settings.recording);
    if (settings.recording) {
      untaken.add(connection);
    }
    return connection;
  }

  private static HttpHeaders headers(FullHttpRequest request) {
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (Map.Entry<String, String> header : request.headers()) {
      headers.computeIfAbsent(header.getKey(), _ -> new ArrayList<>()).add(header.getValue());
    }
    return HttpHeaders.of(headers, (_, _) -> true);
  }

  private final class Pipeline extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      if (settings.tls != null) {
        channel.pipeline().addLast(settings.tls.newHandler(channel.alloc()));
      }
      HttpDecoderConfig heads =
          new HttpDecoderConfig()
              .setMaxInitialLineLength(LONGEST_HEAD)
              .setMaxHeaderSize(LONGEST_HEAD);
      channel
          .pipeline()
          .addLast(new HttpServerCodec(heads), new HttpObjectAggregator(LONGEST_HEAD))
          .addLast(new UpgradeHandler(Simulator.this));
    }
  }

  /** The settings of a simulator. Unset ones keep their defaults. */
  public static final class Builder {
    private String host = "127.0.0.1";
    private int port;
    private Optional<String> apiKey = Optional.empty();
    private double speed = 5;
    private Duration pingInterval = Duration.ofSeconds(20);
    private Optional<Duration> sessionLimit = Optional.empty();
    private TimeSource time = TimeSource.system();
    private List<String> script = List.of();
    private OptionalLong seed = OptionalLong.empty();
    private @Nullable SslContext tls;
    private Fault fault = Fault.none();
    private boolean recording = true;
    private Consumer<String> journal = line -> {};

    private Builder() {}

    public Builder host(String address) {
      host = address;
      return this;
    }

    /** The port; 0, the default, selects any free port. */
    public Builder port(int number) {
      port = number;
      return this;
    }

    /** The only valid key. By default every key is valid, but one is required. */
    public Builder apiKey(String key) {
      apiKey = Optional.of(key);
      return this;
    }

    /**
     * The speed of audio delivery, as a multiple of real time. The default is 5, as of the API.
     *
     * @throws IllegalArgumentException unless it is above 0
     */
    public Builder speed(double times) {
      if (!(times > 0)) {
        throw new IllegalArgumentException("speed must be above 0, not " + times);
      }
      speed = times;
      return this;
    }

    public Builder pingInterval(Duration interval) {
      pingInterval = interval;
      return this;
    }

    /** The duration after which a session ends. The default is the API's, by protocol. */
    public Builder sessionLimit(Duration limit) {
      sessionLimit = Optional.of(limit);
      return this;
    }

    /** The time that sessions live by. A test can set one that it moves itself. */
    public Builder time(TimeSource source) {
      time = source;
      return this;
    }

    /**
     * The words of the user's utterances, in order, for each connection. Without them, transcripts
     * say that speech is not recognised.
     */
    public Builder hears(String... utterances) {
      script = List.of(utterances);
      return this;
    }

    /** Makes the ids the same in every run, at the same time. */
    public Builder seed(long value) {
      seed = OptionalLong.of(value);
      return this;
    }

    public Builder tls(SslContext context) {
      tls = context;
      return this;
    }

    /** The fault of connections that do not request one themselves. */
    public Builder fault(Fault first) {
      fault = first;
      return this;
    }

    /** Does not record connections and messages for {@link #awaitConnection}, for long runs. */
    public Builder withoutRecording() {
      recording = false;
      return this;
    }

    /** Receives log lines, on any event loop. Control characters in client text become spaces. */
    public Builder journal(Consumer<String> lines) {
      journal = lines;
      return this;
    }

    /**
     * Starts the server.
     *
     * @throws UncheckedIOException if the address cannot be bound
     */
    public Simulator start() {
      try {
        return new Simulator(
            this, new Terms(apiKey, speed, pingInterval, sessionLimit, time, script));
      } catch (IOException e) {
        throw new UncheckedIOException(e.getMessage(), e);
      }
    }
  }
}
