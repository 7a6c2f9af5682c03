package io.donna.gateway.edge;

import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.util.function.Supplier;

/**
 * The socket and TLS implementations: the best that the platform has.
 *
 * @param tls determined when it is first needed, as loading BoringSSL takes a third of a start
 */
public record Transport(
    String name,
    IoHandlerFactory io,
    ChannelFactory<? extends ServerSocketChannel> servers,
    ChannelFactory<? extends SocketChannel> sockets,
    Supplier<SslProvider> tls) {

  /**
   * Epoll on Linux, kqueue on macOS, NIO elsewhere or if the native library is missing; BoringSSL
   * if its library is present.
   */
  public static Transport best() {
    if (Epoll.isAvailable()) {
      return new Transport(
          "epoll",
          EpollIoHandler.newFactory(),
          EpollServerSocketChannel::new,
          EpollSocketChannel::new,
          Transport::bestTls);
    }
    return KQueue.isAvailable()
        ? new Transport(
            "kqueue",
            KQueueIoHandler.newFactory(),
            KQueueServerSocketChannel::new,
            KQueueSocketChannel::new,
            Transport::bestTls)
        : nio(Transport::bestTls);
  }

  /** The JDK's own implementations only. */
  public static Transport nio() {
    return nio(() -> SslProvider.JDK);
  }

  private static SslProvider bestTls() {
    return OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
  }

  private static Transport nio(Supplier<SslProvider> tls) {
    return new Transport(
        "nio", NioIoHandler.newFactory(), NioServerSocketChannel::new, NioSocketChannel::new, tls);
  }
}
