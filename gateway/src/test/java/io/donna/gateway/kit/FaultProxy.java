package io.donna.gateway.kit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * A bad network on one port: it cuts what it carries into pieces of any size, holds them up, and
 * can stop carrying anything, which is how a peer looks whose power or cable is gone: no FIN, no
 * reset.
 */
public final class FaultProxy implements AutoCloseable {
  private static final int LARGEST_PIECE = 3_000;
  private static final int LONGEST_DELAY_NANOS = 1_000_000;

  private final ServerSocket server;
  private final int target;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile boolean frozen;

  private FaultProxy(ServerSocket server, int target) {
    this.server = server;
    this.target = target;
    Thread.ofVirtual().start(this::acceptAll);
  }

  /** Carries what comes to a port of its own to {@code target} on this machine, and back. */
  public static FaultProxy before(int target) throws IOException {
    return new FaultProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), target);
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Carries nothing more, either way, and closes nothing. */
  public void freeze() {
    frozen = true;
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket near = server.accept();
        Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.addAll(List.of(near, far));
        Thread.ofVirtual().start(() -> carry(near, far));
        Thread.ofVirtual().start(() -> carry(far, near));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void carry(Socket from, Socket to) {
    Random random = new Random(from.getPort());
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] piece = new byte[LARGEST_PIECE];
      int length = in.read(piece, 0, 1 + random.nextInt(LARGEST_PIECE));
      while (length >= 0 && !frozen) {
        out.write(piece, 0, length);
        if (random.nextInt(4) == 0) {
          LockSupport.parkNanos(random.nextInt(LONGEST_DELAY_NANOS));
        }
        length = in.read(piece, 0, 1 + random.nextInt(LARGEST_PIECE));
      }
      while (frozen && !server.isClosed()) {
        LockSupport.parkNanos(10_000_000);
      }
    } catch (IOException over) {
      // Closing both is what there is to do.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
