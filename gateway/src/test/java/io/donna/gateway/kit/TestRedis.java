package io.donna.gateway.kit;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis in a process of its own: the system's, by {@code DONNA_TEST_REDIS} another such as
 * {@code valkey-server}, or where there is none the one that a library brings along.
 */
public final class TestRedis implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final int port;
  private final List<String> options;
  private final Path folder;
  private Process process;

  private TestRedis(int port, List<String> options) throws IOException {
    this.port = port;
    this.options = options;
    this.folder = Files.createTempDirectory("donna-redis");
    this.process = launch();
  }

  /** Starts one that keeps nothing on disk, with further {@code options} of the command line. */
  public static TestRedis start(String... options) {
    try {
      return new TestRedis(FreePort.next(), List.of(options));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts a sentinel that watches {@code master} by this name, with patience for a busy machine: a
   * master that is merely slow is not to be replaced.
   */
  public static TestRedis sentinel(String name, TestRedis master, int quorum) {
    return start(
        "--sentinel",
        "--sentinel",
        "monitor",
        name,
        "127.0.0.1",
        String.valueOf(master.port),
        String.valueOf(quorum),
        "--sentinel",
        "down-after-milliseconds",
        name,
        "4000",
        "--sentinel",
        "failover-timeout",
        name,
        "10000");
  }

  private static String executable() throws IOException {
    String wanted = System.getenv().getOrDefault("DONNA_TEST_REDIS", "redis-server");
    return Tools.isThere(wanted)
        ? wanted
        : ExecutableProvider.newJarResourceProvider().get().getAbsolutePath();
  }

  private Process launch() throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                executable(),
                "--port",
                String.valueOf(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                folder.toString()));
    if (options.contains("--sentinel")) { // keeps what it learns in its configuration
      command.add(1, Files.createFile(folder.resolve("sentinel.conf")).toString());
      command.removeAll(List.of("--save", ""));
    }
    command.addAll(options);
    Process launched =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(folder.resolve("out").toFile()))
            .start();
    await("Redis listens").atMost(PATIENCE).until(() -> isAnswering(launched));
    return launched;
  }

  private boolean isAnswering(Process launched) throws IOException {
    if (!launched.isAlive()) {
      throw new AssertionError("Redis ended: " + Files.readString(folder.resolve("out")));
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().read() > 0;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** The raw answer to an inline command, as far as it comes at once. */
  public String command(String line) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
      byte[] answer = new byte[64 * 1024];
      int length = socket.getInputStream().read(answer);
      return new String(answer, 0, Math.max(0, length), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  public String url() {
    return "redis://127.0.0.1:" + port;
  }

  /** It answers nothing and closes nothing. */
  public void pause() {
    signal("STOP");
  }

  public void resume() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Ends it at once, with all that it has in memory. */
  public void kill() {
    try {
      process.destroyForcibly().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Starts it again on the same port. */
  public void restart() {
    try {
      process = launch();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
