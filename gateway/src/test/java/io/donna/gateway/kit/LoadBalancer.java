package io.donna.gateway.kit;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A real load balancer in front of three gateways, with the very file of {@code deploy/}. Where it
 * is not installed, the test is skipped.
 */
public final class LoadBalancer implements AutoCloseable {
  private static final Path FILES = Path.of("../deploy").toAbsolutePath().normalize();

  private final int port;
  private final Process process;

  private LoadBalancer(int port, Process process) {
    this.port = port;
    this.process = process;
  }

  /**
   * HAProxy.
   *
   * @param ports the three gateways'
   */
  public static LoadBalancer haproxy(List<Integer> ports) {
    Tools.need("haproxy");
    int port = FreePort.next();
    ProcessBuilder child =
        new ProcessBuilder("haproxy", "-db", "-f", FILES.resolve("haproxy/haproxy.cfg").toString());
    child.environment().put("DONNA_BIND", address(port));
    child.environment().put("DONNA_ONE", address(ports.get(0)));
    child.environment().put("DONNA_TWO", address(ports.get(1)));
    child.environment().put("DONNA_THREE", address(ports.get(2)));
    return start(port, child);
  }

  /**
   * Nginx, whose file has no variables: its addresses are replaced.
   *
   * @param ports the three gateways'
   * @param folder for its files
   */
  public static LoadBalancer nginx(List<Integer> ports, Path folder) {
    Tools.need("nginx");
    int port = FreePort.next();
    try {
      String file =
          Files.readString(FILES.resolve("nginx/nginx.conf"))
              .replace(address(8080), address(port))
              .replace(address(3001), address(ports.get(0)))
              .replace(address(3002), address(ports.get(1)))
              .replace(address(3003), address(ports.get(2)))
              .replace("/tmp/", folder + "/");
      Path written = Files.writeString(folder.resolve("nginx.conf"), file);
      return start(
          port,
          new ProcessBuilder(
              "nginx", "-p", folder.toString(), "-c", written.toString(), "-g", "daemon off;"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static LoadBalancer start(int port, ProcessBuilder child) {
    try {
      LoadBalancer balancer = new LoadBalancer(port, child.inheritIO().start());
      try {
        await("the load balancer to listen")
            .atMost(Duration.ofSeconds(10))
            .until(balancer::isListening);
      } catch (ConditionTimeoutException silent) {
        balancer.close();
        throw silent;
      }
      return balancer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String address(int port) {
    return "127.0.0.1:" + port;
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

  /** Asks it to end, so that its workers end with it. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
