package io.donna.gateway.kit;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A real nginx in front of three gateways, with the file of {@code deploy/nginx}. */
public final class Nginx implements AutoCloseable {
  private static final Path FILE = Path.of("../deploy/nginx/nginx.conf");

  private final int port;
  private final Process process;

  private Nginx(int port, Process process) {
    this.port = port;
    this.process = process;
  }

  /**
   * Starts it; skips the test where there is none.
   *
   * @param folder for its files
   * @param ports the three gateways'
   */
  public static Nginx before(List<Integer> ports, Path folder) {
    Tools.need("nginx");
    try {
      int port = freePort();
      String file =
          Files.readString(FILE)
              .replace("127.0.0.1:8080", "127.0.0.1:" + port)
              .replace("127.0.0.1:3001", "127.0.0.1:" + ports.get(0))
              .replace("127.0.0.1:3002", "127.0.0.1:" + ports.get(1))
              .replace("127.0.0.1:3003", "127.0.0.1:" + ports.get(2))
              .replace("/tmp/", folder + "/");
      Path written = Files.writeString(folder.resolve("nginx.conf"), file);
      Process process =
          new ProcessBuilder(
                  "nginx", "-p", folder.toString(), "-c", written.toString(), "-g", "daemon off;")
              .inheritIO()
              .start();
      Nginx proxy = new Nginx(port, process);
      await("nginx to listen").atMost(Duration.ofSeconds(10)).until(proxy::isListening);
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

  /** Its workers end with it. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
