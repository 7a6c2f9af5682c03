package io.donna.gateway.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * A port whose connections never open and never fail, as behind a firewall that drops packets: its
 * accept queue is full, and Linux then ignores who knocks.
 */
public final class Swallowing implements AutoCloseable {
  private final ServerSocket server;
  private final List<Socket> queued = new ArrayList<>();

  public Swallowing(String address) throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getByName(address));
    boolean full = false;
    while (!full) {
      Socket socket = new Socket();
      queued.add(socket);
      try {
        socket.connect(server.getLocalSocketAddress(), 300);
      } catch (SocketTimeoutException swallowed) {
        full = true;
      }
    }
  }

  public int port() {
    return ((InetSocketAddress) server.getLocalSocketAddress()).getPort();
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : queued) {
      socket.close();
    }
    server.close();
  }
}
