package io.donna.bench;

import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/** The socket transport of the load: epoll if available. */
record Sockets(
    IoHandlerFactory io,
    Class<? extends SocketChannel> clients,
    Class<? extends ServerChannel> servers) {
  static Sockets best() {
    return Epoll.isAvailable()
        ? new Sockets(
            EpollIoHandler.newFactory(), EpollSocketChannel.class, EpollServerSocketChannel.class)
        : new Sockets(
            NioIoHandler.newFactory(), NioSocketChannel.class, NioServerSocketChannel.class);
  }

  EventLoop eventLoop() {
    return new MultiThreadIoEventLoopGroup(1, io).next();
  }
}
