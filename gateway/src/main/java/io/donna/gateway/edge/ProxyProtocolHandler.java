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
 * Reads the PROXY protocol header (version 1 or 2) if {@code PROXY_PROTOCOL} is on: a trusted proxy
 * sends the client's address. A connection from another peer or without the header is closed
 * unanswered, as anyone who can reach the port could claim any address. Confined to the event loop.
 */
final class ProxyProtocolHandler extends ChannelInboundHandlerAdapter {
  /** The limit for the extensions that proxies add about TLS and their networks. */
  private static final int MAX_EXTRAS_BYTES = 4_096;

  /** Events for the pipeline. */
  enum Event {
    /** The header has been read; the client's address is known. */
    CLIENT_NAMED
  }

  private static final AttributeKey<InetAddress> CLIENT =
      AttributeKey.valueOf(ProxyProtocolHandler.class, "client");

  private final Gate gate;
  private final SecurityLog log;
  private boolean refused;

  private ProxyProtocolHandler(Gate gate, SecurityLog log) {
    this.gate = gate;
    this.log = log;
  }

  /** Expects the header on {@code channel}; must be called before other handlers are added. */
  static void expect(Channel channel, Gate gate, SecurityLog log) {
    channel
        .pipeline()
        .addLast(new HAProxyMessageDecoder(MAX_EXTRAS_BYTES, true))
        .addLast(new ProxyProtocolHandler(gate, log));
  }

  /** The client address that the proxy named, else the peer of the socket. */
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

  /** The client's address; empty for {@code LOCAL} and {@code UNKNOWN}. */
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
