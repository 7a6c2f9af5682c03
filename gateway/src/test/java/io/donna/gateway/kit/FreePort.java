package io.donna.gateway.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that are told theirs. They are below those that systems give to connections,
 * and to whoever asks for any: what is free now is not taken by another test before the server
 * starts.
 */
public final class FreePort {
  private static final int FIRST = 10_000;

  /** A server of a Redis Cluster has a second port, 10,000 above its first. */
  private static final int LAST = 22_000;

  private FreePort() {}

  /** A port that is free now, as is the one 10,000 above it. */
  public static int next() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
      if (isFree(port) && isFree(port + 10_000)) {
        return port;
      }
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}
