package io.donna.gateway.edge;

import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.admission.Gate;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.AddressFamily;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.TransportProtocol;
import io.netty.util.AttributeKey;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The first bytes of a connection where {@code PROXY_PROTOCOL} is on: a trusted proxy says whose
 * connection it is, in version 1 or 2. From anyone else, or without it, the connection ends
 * unanswered, as who else reaches the port could name any address. Confined to the event loop.
 */
final class ProxyHeader extends ChannelInboundHandlerAdapter {
  /** Room for what proxies add about TLS and their networks; no more than this is kept of it. */
  private static final int MAX_EXTRAS_BYTES = 4_096;

  /** What the pipeline is told. */
  enum Event {
    /** The proxy has said whose connection it is, or that it is its own. */
    CLIENT_NAMED
  }

  private static final AttributeKey<InetAddress> CLIENT =
      AttributeKey.valueOf(ProxyHeader.class, "client");

  private final Gate gate;
  private final SecurityLog log;
  private boolean refused;

  private ProxyHeader(Gate gate, SecurityLog log) {
    this.gate = gate;
    this.log = log;
  }

  /** Expects the header first on {@code channel}, on which nothing else has been set up yet. */
  static void expect(Channel channel, Gate gate, SecurityLog log) {
    channel
        .pipeline()
        .addLast(new HAProxyMessageDecoder(MAX_EXTRAS_BYTES, true))
        .addLast(new ProxyHeader(gate, log));
  }

  /** The other end: of the proxy's connection where it named one, else of this one. */
  static InetAddress peer(Channel channel) {
    InetAddress named = channel.attr(CLIENT).get();
    return named == null ? socketPeer(channel) : named;
  }

  private static InetAddress socketPeer(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress()
        : InetAddress.getLoopbackAddress();
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (gate.trusts(socketPeer(context.channel()))) {
      context.fireChannelActive();
    } else {
      refuse(context, "PROXY protocol: not a trusted proxy");
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object read) {
    HAProxyMessage header = (HAProxyMessage) read;
    try {
      named(header).ifPresent(context.channel().attr(CLIENT)::set);
    } finally {
      header.release();
    }
    context.fireUserEventTriggered(Event.CLIENT_NAMED);
    context.pipeline().remove(this);
  }

  /** Nobody where the proxy speaks for itself ({@code LOCAL}), or does not know. */
  private static Optional<InetAddress> named(HAProxyMessage header) {
    boolean isTcp =
        header.proxiedProtocol().transportProtocol() == TransportProtocol.STREAM
            && (header.proxiedProtocol().addressFamily() == AddressFamily.AF_IPv4
                || header.proxiedProtocol().addressFamily() == AddressFamily.AF_IPv6);
    return header.command() == HAProxyCommand.PROXY && isTcp
        ? Optional.ofNullable(NetUtil.createInetAddressFromIpAddressString(header.sourceAddress()))
        : Optional.empty();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      context.close();
    } else {
      refuse(context, "PROXY protocol: header missing or malformed");
    }
  }

  private void refuse(ChannelHandlerContext context, String why) {
    context.close();
    if (!refused) {
      refused = true;
      log.record(
          new SecurityEvent.ConnectionError(
              new ClientAddress(socketPeer(context.channel())).masked(), why));
    }
  }
}
