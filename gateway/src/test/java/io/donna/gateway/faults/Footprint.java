package io.donna.gateway.faults;

import io.donna.gateway.kit.GatewayProcess;
import java.util.List;

/** What a gateway takes of its machine. */
record Footprint(LiveObjects live, long residentBytes, int descriptors) {
  private static final double MEGABYTE = 1 << 20;

  private static final List<String> OF_A_SESSION =
      List.of(
          "io.donna.gateway.session.Session",
          "io.donna.gateway.relay.Relay",
          "io.donna.gateway.websocket.Leg",
          "io.donna.gateway.websocket.FrameParser",
          "io.donna.gateway.metering.Bill",
          "io.netty.channel.epoll.EpollSocketChannel",
          "io.netty.channel.kqueue.KQueueSocketChannel",
          "io.netty.channel.socket.nio.NioSocketChannel");

  static Footprint of(GatewayProcess gateway) {
    return new Footprint(
        LiveObjects.of(gateway.process()),
        gateway.figures().residentBytes(),
        gateway.figures().descriptors());
  }

  /** Objects of which every session has one or two. */
  long ofSessions() {
    return OF_A_SESSION.stream().mapToLong(live::instancesOf).sum();
  }

  @Override
  public String toString() {
    return "live heap %.1f MB, resident %.0f MB, %d descriptors, %d objects of sessions"
        .formatted(live.bytes() / MEGABYTE, residentBytes / MEGABYTE, descriptors, ofSessions());
  }
}
