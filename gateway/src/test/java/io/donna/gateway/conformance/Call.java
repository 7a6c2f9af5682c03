package io.donna.gateway.conformance;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.Wire;
import io.donna.gateway.websocket.RawFrame;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A session through the gateway, seen from one of its sides.
 *
 * @param peer the side that is looked at
 * @param other the side behind the gateway
 */
record Call(Side side, Wire peer, Wire other) implements AutoCloseable {
  /** A session whose relay runs. */
  static Call open(Side side, RunningGateway gateway, TestUpstream upstream) {
    TestClient client = gateway.connectReady();
    client.send("{\"type\":\"connect_realtime\"}");
    TestUpstream.Connection opened = upstream.take().accept();
    return side == Side.CLIENT ? new Call(side, client, opened) : new Call(side, opened, client);
  }

  /** Sends frames as this side must, all at once. */
  void send(RawFrame... frames) {
    peer.sendRaw(RawFrame.join(side.gateway(), frames));
  }

  /** Sends bytes, each in a packet of its own as far as TCP lets them be. */
  void sendChopped(byte[] bytes) {
    for (byte octet : bytes) {
      peer.sendRaw(new byte[] {octet});
    }
  }

  /** The close frame that the gateway sends, which must be the last there is. */
  Frame readsCloseAndEnd() {
    Frame close = peer.readClose();
    peer.sendRaw(RawFrame.join(side.gateway(), RawFrame.close()));
    try {
      Frame behind = peer.readFrame();
      throw new AssertionError("a frame behind the close frame, opcode " + behind.opcode());
    } catch (EOFException ended) {
      return close;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    peer.close();
    other.close();
  }
}
