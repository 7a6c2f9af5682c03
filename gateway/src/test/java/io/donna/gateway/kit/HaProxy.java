package io.donna.gateway.kit;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A real HAProxy in front of three gateways, with the file of {@code deploy/haproxy}. */
public final class HaProxy implements AutoCloseable {
  private static final Path FILE = Path.of("../deploy/haproxy/haproxy.cfg").toAbsolutePath();

  private final int port;
  private final Process process;

  private HaProxy(int port, Process process) {
    this.port = port;
    this.process = process;
  }

  /**
   * Starts it; skips the test where there is none.
   *
   * @param ports the three gateways'
   */
  public static HaProxy before(List<Integer> ports) {
    Tools.need("haproxy");
    try {
      int port = freePort();
      ProcessBuilder child =
          new ProcessBuilder("haproxy", "-db", "-f", FILE.normalize().toString()).inheritIO();
      child.environment().put("DONNA_BIND", "127.0.0.1:" + port);
      child.environment().put("DONNA_ONE", "127.0.0.1:" + ports.get(0));
      child.environment().put("DONNA_TWO", "127.0.0.1:" + ports.get(1));
      child.environment().put("DONNA_THREE", "127.0.0.1:" + ports.get(2));
      HaProxy proxy = new HaProxy(port, child.start());
      await("HAProxy to listen").atMost(Duration.ofSeconds(10)).until(proxy::isListening);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean isListening() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  public int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
